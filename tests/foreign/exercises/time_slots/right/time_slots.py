from datetime import datetime, time, timedelta

DAY = 24 * 60


def slots(first, last, minutes):
    start, end = (moment.hour * 60 + moment.minute for moment in (first, last))
    return [time(*divmod(at, 60)) for at in range(start, end - minutes + 1, minutes)]


def duration(start, end):
    minutes = end.hour * 60 + end.minute - start.hour * 60 - start.minute
    return timedelta(minutes=minutes % DAY)


def add_gigasecond(moment):
    return moment + timedelta(seconds=10**9)
