from datetime import timedelta

CENTS_A_DAY = None


def is_open(day):
    pass


def due(lent, period=timedelta(weeks=2)):
    pass


def fine(due_day, returned):
    pass
