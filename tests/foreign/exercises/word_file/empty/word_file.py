def count_words(path):
    pass


def reverse_lines(path):
    pass
