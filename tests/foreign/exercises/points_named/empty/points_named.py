from typing import NamedTuple


class Point(NamedTuple):
    x: float
    y: float


def centre(points):
    pass


def bounding_box(points):
    pass
