__all__ = ["LIMITS", "_triple", "double"]
LIMITS = [0]


def double(number):
    LIMITS.append(2 * number)
    return 2 * number


def _triple(number):
    return 3 * number


def halve(number):
    return number / 2
