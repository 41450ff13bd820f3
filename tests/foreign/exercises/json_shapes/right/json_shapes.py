import json


class Shape:
    def __init__(self, size):
        self.size = size

    def __eq__(self, other):
        return type(self) is type(other) and self.size == other.size


class Circle(Shape):
    pass


class Square(Shape):
    pass


class ShapeEncoder(json.JSONEncoder):
    def default(self, value):
        if isinstance(value, Shape):
            return {"kind": type(value).__name__, "size": value.size}
        return super().default(value)


def dumps(shapes, encoder=ShapeEncoder):
    return json.dumps(shapes, cls=encoder)


def loads(text):
    kinds = {"Circle": Circle, "Square": Square}
    found = []
    for each in json.loads(text):
        if each["kind"] not in kinds:
            raise ValueError(f"no shape is called {each['kind']}")
        found.append(kinds[each["kind"]](each["size"]))
    return found
