def dedupe(items):
    before = len(items)
    items[:] = dict.fromkeys(items)
    return before - len(items)


def drop_negative(stock):
    for name in [name for name, count in stock.items() if count <= 0]:
        del stock[name]


def merge_into(total, other):
    if isinstance(total, set):
        total |= other
        return
    for name, count in other.items():
        total[name] = total.get(name, 0) + count
