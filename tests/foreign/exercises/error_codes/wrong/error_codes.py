import errno
import sys

DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]


class Closed(Exception):
    def __init__(self, day, code):
        super().__init__(f"closed on {day}")
        self.code = code


def open_shop(day):
    if day is None:
        sys.exit(3)
    if not day:
        raise KeyError(day, "day")
    if day == "Sunday":
        raise Closed(day, 0)
    if day not in DAYS:
        raise OSError(errno.ENOENT, "no such day")
    return True
