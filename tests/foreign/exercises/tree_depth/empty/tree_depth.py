class Node:
    def __init__(self, data, left=None, right=None):
        pass

    def depth(self):
        pass

    def insert(self, data):
        pass


def from_list(values):
    pass
