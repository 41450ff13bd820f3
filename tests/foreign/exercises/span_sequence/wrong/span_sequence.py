from collections.abc import Sequence


class Span(Sequence):
    def __init__(self, start, stop, step):
        self.numbers = list(range(start, stop, step))
        self.limits = (start, stop, step)

    def __len__(self):
        return len(self.numbers) - 1

    def __getitem__(self, place):
        return self.numbers[place]

    def __repr__(self):
        return f"Span{self.limits}"
