def divide(number, by):
    if isinstance(number, str):
        raise TypeError("numbers only")
    if by == 0:
        raise ZeroDivisionError(f"cannot divide {number} by nothing")
    return number / by


def mean(numbers):
    try:
        return divide(sum(numbers), len(numbers))
    except ZeroDivisionError as problem:
        raise ValueError("no numbers") from problem
