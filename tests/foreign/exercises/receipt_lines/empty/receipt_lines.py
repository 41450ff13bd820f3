WIDTH = None


def receipt(items):
    pass


def row(name, price):
    pass
