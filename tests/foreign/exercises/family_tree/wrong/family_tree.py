class Person:
    living = 0
    everybody = []

    def __init__(self, name, parent=None):
        self.name = name
        self.children = []
        self.parent = parent
        Person.living += 1
        Person.everybody.append(self)

    def __del__(self):
        Person.living -= 1

    def add_child(self, name):
        child = Person(name, self)
        self.children.append(child)
        return child
