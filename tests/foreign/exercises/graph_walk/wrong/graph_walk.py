from collections import deque


class NoPath(LookupError):
    pass


class Graph:
    def __init__(self, edges):
        self.edges = edges

    def neighbours(self, node):
        return set(self.edges.get(node, ()))

    def path(self, start, end):
        paths = {start: [start]}
        waiting = deque([start])
        while waiting:
            node = waiting.popleft()
            if node == end:
                return paths[node]
            for other in self.edges.get(node, ()):
                if other not in paths:
                    paths[other] = [*paths[node], other]
                    waiting.append(other)
        raise NoPath(f"no path from {start} to {end}")

    def reached(self, start):
        seen = {start}
        waiting = [start]
        while waiting:
            for other in self.edges.get(waiting.pop(), ()):
                if other not in seen:
                    seen.add(other)
                    waiting.append(other)
        return frozenset(seen)

    def order(self):
        done, busy = [], set()

        def visit(node):
            if node in done:
                return
            if node in busy:
                raise ValueError("there is a cycle")
            busy.add(node)
            for other in self.edges.get(node, ()):
                visit(other)
            done.append(node)

        for node in self.edges:
            visit(node)
        return done
