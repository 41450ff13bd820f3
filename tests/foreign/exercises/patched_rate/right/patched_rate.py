RATE = 0.19


def gross(net):
    return net * (1 + RATE)


def all_gross(amounts):
    return [gross(net) for net in amounts]
