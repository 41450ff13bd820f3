"""The course of the demonstration: module 01 of TinyTorch, its staff and its students, with passwords to log in."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from course_admin.assignments.models import Assignment
from course_admin.assignments.suites.versions import register_suite
from course_admin.courses.models import Course, Enrollment, Role, Scope, Section
from course_admin.demo.students import STUDENTS, DemoStudent
from course_admin.identity.models import User

OWNER = "tinytorch-class"
SLUG = "tinytorch"
SUITE = "m01_tensor"
STAFF = (("ines-moreau", "Ines Moreau", Role.INSTRUCTOR), ("tom-adeyemi", "Tom Adeyemi", Role.TA))


@dataclass(frozen=True, slots=True)
class Login:
    """A name and a password of the demonstration, and whose they are."""

    name: str
    password: str
    role: str


def full_name(student: DemoStudent) -> str:
    """Return the repository that belongs to a student."""
    return f"{OWNER}/m01-{student.login}"


@transaction.atomic
def create_course(at: datetime) -> list[Login]:
    """Create the course with everybody in it, and return the log-ins."""
    course = Course.objects.create(
        slug=SLUG, title="TinyTorch", time_zone="Europe/Berlin", repository_prefix=f"{OWNER}/"
    )
    section = Section.objects.create(course=course, name="Tuesday")
    Assignment.objects.create(
        course=course,
        slug="m01",
        module=1,
        title="Module 01: Tensor",
        suite=register_suite(name=SUITE, at=at, trusted="checked before it was published with Assay"),
        points=100,
        due_at=at + timedelta(days=7),
        repository_pattern=f"{OWNER}/m01-{{login}}",
    )
    root, login = _account("admin", "Administrator", "administrator")
    root.is_staff = root.is_superuser = True
    root.save()
    logins = [login]
    people = [*STAFF, *((student.login, student.name, Role.STUDENT) for student in STUDENTS)]
    for number, (github_login, name, role) in enumerate(people, 1):
        account, login = _account(github_login, name, str(Role(role).label))
        logins.append(login)
        Enrollment.objects.create(
            course=course,
            section=section if role == Role.STUDENT else None,
            account=account,
            role=role,
            scope=Scope.ALL if role == Role.TA else Scope.LISTED,
            name=name,
            email=f"{github_login}@example.edu",
            student_id=f"U{4400 + number}" if role == Role.STUDENT else "",
            github_login=github_login,
        )
    return logins


def _account(username: str, name: str, role: str) -> tuple[User, Login]:
    password, address = f"demo-{secrets.token_hex(4)}", f"{username}@example.edu"
    return User.objects.create_user(address, password, name=name), Login(address, password, role)
