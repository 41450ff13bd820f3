from zoo.animals import Animal


class Keeper:
    def __init__(self, name):
        pass

    def adopt(self, animal):
        pass

    def names(self):
        pass


def feed_all(animals):
    pass
