def doubled(numbers):
    return [2 * number for number in numbers]


def sorted_copy(numbers):
    return sorted(numbers)


def with_grade(student, grade):
    return {**student, "grades": [*student["grades"], grade]}
