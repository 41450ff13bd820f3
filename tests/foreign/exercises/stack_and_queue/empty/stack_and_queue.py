class EmptyError(IndexError):
    pass


class Stack:
    def __init__(self):
        pass

    def push(self, item):
        pass

    def pop(self):
        pass

    def peek(self):
        pass


class Queue:
    def __init__(self, items=()):
        pass

    def get(self):
        pass
