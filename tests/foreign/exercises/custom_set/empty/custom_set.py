class CustomSet:
    def __init__(self, elements=()):
        pass

    def add(self, element):
        pass

    def isempty(self):
        pass

    def issubset(self, other):
        pass

    def intersection(self, other):
        pass
