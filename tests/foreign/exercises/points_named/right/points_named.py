from typing import NamedTuple


class Point(NamedTuple):
    x: float
    y: float


def centre(points):
    xs, ys = zip(*points)
    return Point(sum(xs) / len(xs), sum(ys) / len(ys))


def bounding_box(points):
    xs, ys = zip(*points)
    return Point(min(xs), min(ys)), Point(max(xs), max(ys))
