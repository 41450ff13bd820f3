RATE = None


def gross(net):
    pass


def all_gross(amounts):
    pass
