CORNERS = ((0, 0), (0, 7), (7, 0), (7, 7))


def square(name):
    if len(name) != 2 or name[0] not in "abcdefgh" or name[1] not in "12345678":
        raise ValueError(f"{name!r} is no square")
    return "abcdefgh".index(name[0]), int(name[1]) - 1


class Piece:
    def __init__(self, kind, place):
        self.kind = kind
        self.place = place

    def reaches(self, other):
        return other != self.place and (other[0] == self.place[0] or other[1] == self.place[1])
