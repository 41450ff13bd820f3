def columns(rows):
    pass


def table(rows, header=False):
    pass
