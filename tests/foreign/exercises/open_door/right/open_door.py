from contextlib import contextmanager


class Door:
    def __init__(self):
        self.is_open = False
        self.log = []

    def __enter__(self):
        self.is_open = True
        self.log.append("open")
        return self

    def __exit__(self, kind, value, trace):
        self.is_open = False
        self.log.append("close")
        return kind is TimeoutError


@contextmanager
def borrowed(thing):
    yield f"a {thing}"
