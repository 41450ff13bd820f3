from zoo.animals import Animal


class Keeper:
    def __init__(self, name):
        self.name = name
        self.animals = []

    def adopt(self, animal):
        if not isinstance(animal, Animal):
            raise TypeError("not an animal")
        self.animals.append(animal)

    def names(self):
        return [animal.name for animal in self.animals]


def feed_all(animals):
    for animal in animals:
        animal.fed = True
    return len(animals)
