import datetime

DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()


class MeetupDayError(ValueError):
    pass


def meetup(year, month, week, day):
    first = datetime.date(year, month, 1)
    ahead = (DAYS.index(day) - first.weekday()) % 7
    found = first + datetime.timedelta(days=ahead + 7 * week)
    if found.month != month:
        raise MeetupDayError("That day does not exist.")
    return found


def monday_of(moment):
    monday = moment - datetime.timedelta(days=moment.weekday())
    return monday.replace(hour=0, minute=0, second=0, microsecond=0)
