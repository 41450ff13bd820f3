"""Who is who in Canvas: `course_admin/integrations/canvas/mapping.py`. Never by name, never by guess."""

import pytest

from course_admin.courses.models import Enrollment
from course_admin.integrations.canvas.mapping import SEVERAL, TAKEN, UNKNOWN, match


def here(pk: int = 1, **fields: str) -> Enrollment:
    return Enrollment(pk=pk, name="Mira Okafor", **fields)


def there(number: int = 10, **fields: str | None) -> dict:
    return {"id": number, "name": "Mira Okafor", **fields}


@pytest.mark.parametrize(
    ("student", "remote"),
    [
        ({"email": "mira@example.edu"}, {"email": "Mira@Example.edu"}),
        ({"email": "mira@example.edu"}, {"login_id": "MIRA@example.edu"}),
        ({"student_id": "U0044120"}, {"sis_user_id": "U0044120"}),
        ({"student_id": "mo4412"}, {"login_id": "MO4412"}),
        ({"student_id": "U1", "email": "m@example.edu"}, {"sis_user_id": "U1", "email": "m@example.edu"}),
        ({"student_id": "U1", "email": "m@example.edu"}, {"sis_user_id": "U1", "email": "other@example.edu"}),
        ({"student_id": "U1", "email": "m@example.edu"}, {"sis_user_id": None, "email": "m@example.edu"}),
    ],
)
def test_one_thing_in_common_is_enough(student, remote):
    found = match([here(**student)], [there(**remote), there(11, email="jon@example.edu")], set())
    assert found[1].remote_id == "10"


@pytest.mark.parametrize(
    ("student", "others", "remote"),
    [
        ({"university_login": "mo4412"}, [], {"login_id": "MO4412"}),
        ({"email": "m@example.edu"}, ["mira@home.example"], {"email": "Mira@home.example"}),
        ({"student_id": "U1"}, ["mira@home.example"], {"login_id": "mira@home.example"}),
    ],
)
def test_a_login_or_a_further_address_is_enough(student, others, remote):
    found = match([here(**student)], [there(**remote), there(11, email="jon@example.edu")], set(), {1: others})
    assert found[1].remote_id == "10"


@pytest.mark.parametrize(
    ("student", "remote"),
    [
        ({}, {}),  # the same name
        ({"email": ""}, {"email": ""}),
        ({"student_id": "u1"}, {"sis_user_id": "U1"}),  # another number
        ({"student_id": "U1"}, {"sis_user_id": "U12"}),
        ({"email": "U1"}, {"sis_user_id": "U1"}),
    ],
)
def test_without_anything_in_common_nobody_is_found(student, remote):
    assert match([here(**student)], [there(**remote)], set())[1].words == UNKNOWN


def test_two_who_could_be_one_are_nobody():
    student = here(student_id="U1", email="m@example.edu")
    found = match([student], [there(10, sis_user_id="U1"), there(11, email="m@example.edu")], set())
    assert (found[1].remote_id, found[1].words) == ("", SEVERAL)


def test_one_who_could_be_two_is_neither():
    students = [here(1, student_id="U1"), here(2, email="m@example.edu"), here(3, email="jon@example.edu")]
    remote = [there(10, sis_user_id="U1", email="m@example.edu"), there(11, email="jon@example.edu")]
    found = match(students, remote, set())
    assert [(found[pk].remote_id, found[pk].words) for pk in (1, 2, 3)] == [("", TAKEN), ("", TAKEN), ("11", "")]


def test_who_is_somebody_already_is_not_found_again():
    found = match([here(email="m@example.edu")], [there(10, email="m@example.edu")], {10})
    assert found[1].words == TAKEN
