import io


class MeteredLines(io.BytesIO):
    """Counts what is read of it."""

    def __init__(self, *args):
        super().__init__(*args)
        self._reads = 0

    @property
    def reads(self):
        return self._reads

    def read(self, size=-1):
        self._reads += 1
        return super().read(size)


class MeteredPipe:
    """Counts what is sent through a pipe that it was given."""

    def __init__(self, pipe):
        self._pipe = pipe
        self._sent = 0

    def __enter__(self):
        return self

    def __exit__(self, kind, problem, trace):
        return self._pipe.__exit__(kind, problem, trace)

    @property
    def sent(self):
        return self._sent

    def send(self, data):
        count = self._pipe.send(data)
        self._sent += count
        return count
