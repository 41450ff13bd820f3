from collections.abc import Sequence


class Span(Sequence):
    def __init__(self, start, stop, step):
        pass
