def ask():
    pass


def greet(name):
    pass


def triangle(height):
    pass
