OPEN = []


def session(name):
    pass


class Pool:
    def __init__(self, size):
        pass
