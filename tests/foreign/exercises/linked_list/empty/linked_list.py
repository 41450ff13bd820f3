class Node:
    def __init__(self, value, following=None):
        pass


class LinkedList:
    def __init__(self, values=()):
        pass

    def unshift(self, value):
        pass

    def shift(self):
        pass

    def push(self, value):
        pass

    def pop(self):
        pass

    def delete(self, value):
        pass
