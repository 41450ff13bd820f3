class Ledger:
    def save(self, path):
        pass

    def append_to(self, path):
        pass


def read(path):
    pass


def total(path):
    pass
