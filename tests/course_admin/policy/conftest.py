"""Everybody that a rule can be about."""

import pytest
from django.contrib.auth.models import AnonymousUser, Permission

from course_admin.courses.models import Course, Enrollment, Role, Scope, Section
from course_admin.identity.models import User
from tests.factories import make_course, make_enrollment, make_user


@pytest.fixture
def people(world) -> dict[str, User | AnonymousUser]:
    """An account of everybody that a rule can be about; the student is in section Tuesday."""
    course, other = world.course, make_course("other")
    tuesday, thursday = (Section.objects.create(course=course, name=name) for name in ("Tuesday", "Thursday"))
    Enrollment.objects.filter(pk=world.student.pk).update(section=tuesday)
    world.student.refresh_from_db()

    def enrol(place: Course, login: str, role: Role, **fields) -> User:
        return make_enrollment(place, login, role, **fields).account

    listed = make_enrollment(course, "listed", Role.TA, section=thursday)
    listed.more_sections.add(tuesday)
    clerk = make_user("clerk", is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename__in=["view_attempt", "view_enrollment"]))
    both = enrol(other, "both", Role.INSTRUCTOR)
    to_look = Permission.objects.filter(codename__startswith="view_")
    both.user_permissions.set(to_look.exclude(codename="view_accommodation_reason"))
    closed = enrol(course, "closed", Role.INSTRUCTOR)
    User.objects.filter(pk=closed.pk).update(is_active=False)
    return {
        "visitor": AnonymousUser(),
        "stranger": enrol(other, "stranger", Role.STUDENT),
        "mate": enrol(course, "mate", Role.STUDENT, section=tuesday),
        "student": world.student.account,
        "observer": enrol(course, "observer", Role.OBSERVER),
        "ta": enrol(course, "ta", Role.TA, section=tuesday),
        "other_ta": enrol(course, "other-ta", Role.TA, section=thursday),
        "listed_ta": listed.account,
        "ta_of_nobody": enrol(course, "nobody", Role.TA, scope=Scope.LISTED),
        "ta_of_all": enrol(course, "all", Role.TA, scope=Scope.ALL),
        "head_ta": enrol(course, "head-ta", Role.HEAD_TA),
        "instructor": enrol(course, "instructor", Role.INSTRUCTOR),
        "elsewhere": enrol(other, "elsewhere", Role.INSTRUCTOR),
        "elsewhere_and_clerk": both,
        "clerk": clerk,
        "closed": User.objects.get(pk=closed.pk),
        "root": make_user("root", is_superuser=True),
    }
