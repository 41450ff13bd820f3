def halves(numbers):
    pass


def normalised(numbers):
    pass


def windows(numbers, width):
    pass
