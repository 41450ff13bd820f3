import uuid
from datetime import datetime


def sibling(path, name):
    pass


def longest_suffix(paths):
    pass


def name_of(text):
    pass


def parse_day(text):
    pass


def age(born, on):
    pass
