from datetime import datetime, time, timedelta

DAY = None


def slots(first, last, minutes):
    pass


def duration(start, end):
    pass


def add_gigasecond(moment):
    pass
