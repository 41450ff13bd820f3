class Node:
    def __init__(self, data, left=None, right=None):
        self.data = data
        self.left = left
        self.right = right

    def depth(self):
        return 1 + max((child.depth() for child in (self.left, self.right) if child), default=0)

    def insert(self, data):
        side = "left" if data <= self.data else "right"
        child = getattr(self, side)
        if child is None:
            setattr(self, side, Node(data))
        else:
            child.insert(data)

    def __iter__(self):
        if self.left:
            yield from self.left
        yield self.data
        if self.right:
            yield from self.right


def from_list(values):
    first, *rest = values
    root = Node(first)
    for value in rest:
        root.insert(value)
    return root
