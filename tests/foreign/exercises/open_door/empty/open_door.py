from contextlib import contextmanager


class Door:
    def __init__(self):
        pass


@contextmanager
def borrowed(thing):
    pass
