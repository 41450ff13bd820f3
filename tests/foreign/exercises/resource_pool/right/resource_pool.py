from contextlib import contextmanager

OPEN = []


def session(name):
    OPEN.append(name)
    try:
        while True:
            yield f"{name} is open"
    finally:
        OPEN.remove(name)


class Pool:
    def __init__(self, size):
        if size < 1:
            raise ValueError("a pool has at least one connection")
        self.free = size

    def take(self):
        if not self.free:
            raise RuntimeError("no connection is left")
        self.free -= 1
        return self._lent()

    @contextmanager
    def _lent(self):
        try:
            yield object()
        finally:
            self.free += 1
