def add_item(item, basket=None):
    pass


def remove_all(items, value):
    pass
