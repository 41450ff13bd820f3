import uuid
from datetime import datetime


def sibling(path, name):
    return path.parent / name


def longest_suffix(paths):
    return max(("".join(path.suffixes) for path in paths), key=len)


def name_of(text):
    return uuid.uuid5(uuid.NAMESPACE_DNS, text)


def parse_day(text):
    return datetime.strptime(text, "%d %b %Y")


def age(born, on):
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))
