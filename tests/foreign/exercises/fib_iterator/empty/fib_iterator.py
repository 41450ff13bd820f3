class Fibonacci:
    def __init__(self, limit):
        pass


class Window:
    def __init__(self, items, size):
        pass
