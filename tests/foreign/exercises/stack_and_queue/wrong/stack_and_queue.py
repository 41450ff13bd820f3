class EmptyError(IndexError):
    pass


class Stack:
    def __init__(self):
        self._items = []

    def push(self, item):
        self._items.append(item)

    def pop(self):
        if not self._items:
            raise EmptyError("nothing to pop")
        return self._items.pop()

    def peek(self):
        return self._items[-1]

    def __len__(self):
        return len(self._items)


class Queue:
    def __init__(self, items=()):
        self._items = list(items)

    def get(self):
        if not self._items:
            raise EmptyError("nothing to get")
        return self._items.pop()
