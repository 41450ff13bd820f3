from itertools import zip_longest


class Polynomial:
    def __init__(self, *coefficients):
        pass

    @property
    def degree(self):
        pass

    def derivative(self):
        pass
