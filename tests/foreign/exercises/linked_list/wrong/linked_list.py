class Node:
    def __init__(self, value, following=None):
        self.value = value
        self.next = following


class LinkedList:
    def __init__(self, values=()):
        self.head = None
        for value in values:
            self.unshift(value)

    def unshift(self, value):
        self.head = Node(value, self.head)

    def shift(self):
        if self.head is None:
            raise IndexError("List is empty")
        value, self.head = self.head.value, self.head.next
        return value

    def push(self, value):
        values = [*self, value]
        self.__init__(values)

    def pop(self):
        values = list(self)
        last = values.pop()
        self.__init__(values)
        return last

    def delete(self, value):
        values = list(self)
        if value not in values:
            raise ValueError("Value not found")
        values.remove(value)
        self.__init__(values)

    def __iter__(self):
        node = self.head
        while node is not None:
            yield node.value
            node = node.next

    def __reversed__(self):
        return reversed(list(self))

    def __len__(self):
        return sum(1 for _ in self)
