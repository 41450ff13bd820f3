from collections import deque


class NoPath(LookupError):
    pass


class Graph:
    def __init__(self, edges):
        pass

    def neighbours(self, node):
        pass

    def path(self, start, end):
        pass

    def reached(self, start):
        pass

    def order(self):
        pass
