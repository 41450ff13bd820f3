"""Make the course of a load test in an installation's own database: `python -m tests.load.make_course STUDENTS`.

A program of its own, since the database is the one that its environment names. Repositories are named by number.
"""

import sys

import django

OWNER = "load-class"
SUITE = "tiny"


def login(number: int) -> str:
    """Return the login of a student."""
    return f"student-{number:04d}"


def full_name(number: int) -> str:
    """Return the repository of a student."""
    return f"{OWNER}/m01-{login(number)}"


def make_course(students: int) -> None:
    """Make one course with one assignment and its students."""
    from django.utils import timezone

    from course_admin.assignments.models import Assignment
    from course_admin.assignments.suites.versions import register_suite
    from course_admin.courses.models import Course, Enrollment

    course = Course.objects.create(slug="load", title="Load")
    suite = register_suite(name=SUITE, at=timezone.now())
    pattern = f"{OWNER}/m01-{{login}}"
    Assignment.objects.create(course=course, slug="m01", title="Tiny", suite=suite, repository_pattern=pattern)
    Enrollment.objects.bulk_create(
        Enrollment(course=course, name=login(number), github_login=login(number), email=f"{login(number)}@example.edu")
        for number in range(students)
    )


if __name__ == "__main__":
    django.setup()
    make_course(int(sys.argv[1]))
