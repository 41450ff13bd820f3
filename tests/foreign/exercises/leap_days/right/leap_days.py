def is_leap(year):
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def leap_days(first, last):
    if first > last:
        raise ValueError("the first year must not be after the second")
    return sum(is_leap(year) for year in range(first, last + 1))
