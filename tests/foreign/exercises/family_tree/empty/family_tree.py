class Person:
    living = 0

    def __init__(self, name, parent=None):
        pass
