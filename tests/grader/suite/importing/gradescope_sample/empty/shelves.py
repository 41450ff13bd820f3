class Shelf:
    pass


def sort_titles(titles):
    pass


def tally(titles):
    pass
