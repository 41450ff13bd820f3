import numpy as np


def halves(numbers):
    middle = len(numbers) // 2
    return numbers[:middle], numbers[middle:]


def normalised(numbers):
    return (numbers - numbers.min()) / (numbers.max() - numbers.min())


def windows(numbers, width):
    return np.lib.stride_tricks.sliding_window_view(numbers, width)
