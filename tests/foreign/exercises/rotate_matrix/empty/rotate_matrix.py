def rotate(matrix):
    pass


def transpose(matrix):
    pass


def set_zeroes(matrix):
    pass
