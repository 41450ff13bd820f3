import json


class Contact:
    def __init__(self, name, mails, born=None):
        self.name = name
        self.mails = mails
        self.born = born or 0


def dump(contact):
    return json.dumps(contact.__dict__)


def load(text):
    return Contact(**json.loads(text))
