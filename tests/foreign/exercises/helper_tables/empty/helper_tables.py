def median(numbers):
    pass


def ranks(numbers):
    pass
