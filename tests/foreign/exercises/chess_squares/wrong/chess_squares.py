CORNERS = ((0, 0), (0, 7), (7, 0), (7, 7))


def square(name):
    if name[0] not in "abcdefgh":
        raise ValueError(f"{name!r} is no square")
    return "abcdefgh".index(name[0]), int(name[1]) - 1


class Piece:
    def __init__(self, kind, place):
        self.kind = kind
        self._place = place

    @property
    def place(self):
        return tuple([*self._place])

    @place.setter
    def place(self, place):
        self._place = place

    def reaches(self, other):
        return other[0] == self.place[0] or other[1] == self.place[1]
