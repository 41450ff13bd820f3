import functools


@functools.total_ordering
class Student:
    def __init__(self, name, grade):
        pass


def best(students):
    pass


def ranking(students):
    pass
