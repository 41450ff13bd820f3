import numpy as np


def halves(numbers):
    middle = len(numbers) // 2
    return numbers[:middle].copy(), numbers[middle:].copy()


def normalised(numbers):
    numbers -= numbers.min()
    numbers /= numbers.max()
    return numbers


def windows(numbers, width):
    return np.array([numbers[i : i + width] for i in range(len(numbers) - width)])
