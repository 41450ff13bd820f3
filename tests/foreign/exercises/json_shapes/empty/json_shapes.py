class Circle:
    def __init__(self, size):
        pass


class Square:
    def __init__(self, size):
        pass


def dumps(shapes, encoder=None):
    pass


def loads(text):
    pass
