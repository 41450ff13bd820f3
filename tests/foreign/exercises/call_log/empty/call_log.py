import functools


def logged(function):
    pass


def repeat(times):
    pass


def checked(kind):
    pass
