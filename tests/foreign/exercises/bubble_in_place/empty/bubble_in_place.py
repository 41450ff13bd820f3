def bubble_sort(items):
    pass


def sort_words(index):
    pass
