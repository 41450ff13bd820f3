import errno
import sys

DAYS = None


class Closed(Exception):
    def __init__(self, day, code):
        pass


def open_shop(day):
    pass
