CORNERS = ()


def square(name):
    pass


class Piece:
    def __init__(self, kind, place):
        pass
