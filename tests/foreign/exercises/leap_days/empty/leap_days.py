def is_leap(year):
    pass


def leap_days(first, last):
    pass
