from collections import Counter


def mean(numbers):
    return sum(numbers) / len(numbers)


def mode(items):
    return Counter(items).most_common(1)[0][0] if items else None


def spread(numbers):
    return min(numbers), max(numbers)
