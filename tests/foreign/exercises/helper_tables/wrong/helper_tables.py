def median(numbers):
    if not numbers:
        raise ValueError("no numbers")
    ordered = numbers
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) / 2


def ranks(numbers):
    return sorted(range(1, len(numbers) + 1))
