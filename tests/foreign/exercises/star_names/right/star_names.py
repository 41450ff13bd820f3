UNIT = "cm"


def perimeter(width, height):
    if width < 0 or height < 0:
        raise ValueError("sides are not negative")
    return 2 * (width + height)


class Box:
    def __init__(self, width, height, depth):
        self.volume = width * height * depth
