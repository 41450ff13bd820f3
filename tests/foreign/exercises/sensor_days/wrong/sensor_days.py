import numpy as np


def gaps(at):
    at[1:] = at[1:]
    return at[1:] - at[0]


def longest_pause(at):
    return gaps(at).min()


def daily_means(at, values):
    days = at.astype("datetime64[D]")
    return {day: float(values[days == day].sum()) for day in np.unique(days)}
