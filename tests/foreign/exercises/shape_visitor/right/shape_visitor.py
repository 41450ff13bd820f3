class Circle:
    def __init__(self, radius):
        self.radius = radius

    def accept(self, visitor):
        visitor.visit_circle(self)


class Square:
    def __init__(self, side):
        self.side = side

    def accept(self, visitor):
        visitor.visit_square(self)


class Group:
    def __init__(self, *shapes):
        self.shapes = shapes

    def accept(self, visitor):
        for shape in self.shapes:
            shape.accept(visitor)
