def running_mean(numbers):
    total = 0
    for count, number in enumerate(numbers, 1):
        total += number
        yield total / count


def longest(words):
    return max(words, key=len)


def histogram(pairs):
    found = {}
    for name, count in pairs:
        found[name] = count
    return found
