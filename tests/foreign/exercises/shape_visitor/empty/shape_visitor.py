class Circle:
    def __init__(self, radius):
        pass

    def accept(self, visitor):
        pass


class Square:
    def __init__(self, side):
        pass

    def accept(self, visitor):
        pass


class Group:
    def __init__(self, *shapes):
        pass

    def accept(self, visitor):
        pass
