from abc import ABC, abstractmethod


class Shape(ABC):
    @abstractmethod
    def area(self):
        pass

    def describe(self):
        pass


class Rectangle(Shape):
    def __init__(self, width, height):
        pass

    def area(self):
        pass


class Square(Rectangle):
    def __init__(self, side):
        pass


def total_area(shapes):
    pass
