RATE = 0.19


def gross(net):
    return net * 1.19


def all_gross(amounts):
    return [gross(net) for net in amounts]
