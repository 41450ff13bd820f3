def dedupe(items):
    pass


def drop_negative(stock):
    pass


def merge_into(total, other):
    pass
