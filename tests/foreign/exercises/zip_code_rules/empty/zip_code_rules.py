def luhn(text):
    pass


def is_isbn(text):
    pass


def normalise(text):
    pass
