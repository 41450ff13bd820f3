class Logger:
    _only = None

    def add(self, line):
        pass


def same(a, b):
    pass
