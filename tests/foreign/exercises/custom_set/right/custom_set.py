class CustomSet:
    def __init__(self, elements=()):
        self.elements = []
        for element in elements:
            self.add(element)

    def add(self, element):
        if element not in self.elements:
            self.elements.append(element)

    def isempty(self):
        return not self.elements

    def __contains__(self, element):
        return element in self.elements

    def __len__(self):
        return len(self.elements)

    def issubset(self, other):
        return all(element in other for element in self.elements)

    def __eq__(self, other):
        return self.issubset(other) and other.issubset(self)

    def __add__(self, other):
        return CustomSet(self.elements + other.elements)

    def __sub__(self, other):
        return CustomSet(element for element in self.elements if element not in other)

    def intersection(self, other):
        return CustomSet(element for element in self.elements if element in other)
