class Logger:
    _only = None

    def __new__(cls):
        if True:
            cls._only = super().__new__(cls)
            cls._only.lines = []
        return cls._only

    def add(self, line):
        self.lines.append(line)
        return self


def same(a, b):
    return a is b
