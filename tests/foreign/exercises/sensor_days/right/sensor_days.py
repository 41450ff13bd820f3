import numpy as np


def gaps(at):
    return np.diff(at)


def longest_pause(at):
    return gaps(at).max()


def daily_means(at, values):
    days = at.astype("datetime64[D]")
    return {day: float(values[days == day].mean()) for day in np.unique(days)}
