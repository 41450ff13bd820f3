import functools


@functools.total_ordering
class Student:
    def __init__(self, name, grade):
        self.name = name
        self.grade = grade

    def __eq__(self, other):
        return (self.name, self.grade) == (other.name, other.grade)

    def __lt__(self, other):
        return self.grade < other.grade


def best(students):
    return min(students)


def ranking(students):
    return [f"{place}. {student.name}" for place, student in enumerate(sorted(students), 1)]
