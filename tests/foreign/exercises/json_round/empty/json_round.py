import json


class Contact:
    def __init__(self, name, mails, born=None):
        pass


def dump(contact):
    pass


def load(text):
    pass
