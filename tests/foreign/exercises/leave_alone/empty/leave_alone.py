def doubled(numbers):
    pass


def sorted_copy(numbers):
    pass


def with_grade(student, grade):
    pass
