def add_item(item, basket=None):
    if basket is None:
        basket = []
    basket.append(item)
    return basket


def remove_all(items, value):
    while value in items:
        items.remove(value)
