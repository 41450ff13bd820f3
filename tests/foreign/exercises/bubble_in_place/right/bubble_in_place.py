def bubble_sort(items):
    for end in range(len(items) - 1, 0, -1):
        for place in range(end):
            if items[place] > items[place + 1]:
                items[place], items[place + 1] = items[place + 1], items[place]


def sort_words(index):
    for words in index.values():
        bubble_sort(words)
