def insertion_sort(items, key=lambda item: item):
    pass


def top(scores, count):
    pass
