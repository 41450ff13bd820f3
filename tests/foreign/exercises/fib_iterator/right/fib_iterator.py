class Fibonacci:
    def __init__(self, limit):
        self.limit = limit
        self.pair = (0, 1)

    def __iter__(self):
        return self

    def __next__(self):
        value, following = self.pair
        if value > self.limit:
            raise StopIteration
        self.pair = (following, value + following)
        return value


class Window:
    def __init__(self, items, size):
        self.items = items
        self.size = size

    def __iter__(self):
        for start in range(len(self.items) - self.size + 1):
            yield tuple(self.items[start : start + self.size])
