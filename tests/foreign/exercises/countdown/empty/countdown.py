def countdown(start):
    pass


def chunks(items, size):
    pass


def interleave(*sequences):
    pass
