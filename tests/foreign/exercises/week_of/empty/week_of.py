import datetime

DAYS = None


class MeetupDayError(ValueError):
    pass


def meetup(year, month, week, day):
    pass


def monday_of(moment):
    pass
