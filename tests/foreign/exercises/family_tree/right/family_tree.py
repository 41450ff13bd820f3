import weakref


class Person:
    living = 0

    def __init__(self, name, parent=None):
        self.name = name
        self.children = []
        self._parent = weakref.ref(parent) if parent is not None else None
        Person.living += 1

    def __del__(self):
        Person.living -= 1

    @property
    def parent(self):
        return self._parent() if self._parent is not None else None

    def add_child(self, name):
        child = Person(name, self)
        self.children.append(child)
        return child
