def make_counter(start=0):
    pass


def adders(count):
    pass


def make_account():
    pass
