from datetime import timedelta

CENTS_A_DAY = 10


def is_open(day):
    return day.weekday() != 6


def due(lent, period=timedelta(weeks=2)):
    back = lent + period
    return back if is_open(back) else back + timedelta(days=1)


def fine(due_day, returned):
    return CENTS_A_DAY * max(0, (returned - due_day).days)
