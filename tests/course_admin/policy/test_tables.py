"""The back office's table of rights: doors, rows of no course, and fields that are closed to who may change the rest."""

import pytest

from course_admin.assignments.models import SuiteVersion
from course_admin.courses.changes import save_row
from course_admin.courses.models import Course, Enrollment
from course_admin.policy import (
    Refused,
    Right,
    closed_fields,
    is_anybodys_staff,
    may_enter_back_office,
    may_in_table,
    rows_in_table,
)
from tests.factories import NOW

LEAD_SOMETHING = {"head_ta", "instructor", "root", "elsewhere", "elsewhere_and_clerk"}
TEACH_SOMETHING = LEAD_SOMETHING | {"ta", "listed_ta", "other_ta", "ta_of_nobody", "ta_of_all"}


def who(people, question, *about) -> set[str]:
    return {name for name, account in people.items() if question(account, *about)}


def test_who_enters_the_back_office_and_who_is_staff_anywhere(people):
    assert who(people, may_enter_back_office) == LEAD_SOMETHING | {"clerk"}
    assert who(people, is_anybodys_staff) == TEACH_SOMETHING | {"clerk"}


def test_a_suite_is_of_no_course_so_every_leader_adds_one_and_an_administrator_deletes_it(world, people):
    suite = world.assignment.suite
    for right in (Right.ADD, Right.OPERATE):
        assert (
            who(people, may_in_table, right, suite) == who(people, may_in_table, right, SuiteVersion) == LEAD_SOMETHING
        )
    assert who(people, may_in_table, Right.DELETE, suite) == {"root"}
    rows = SuiteVersion.objects.all()
    assert who(people, lambda account: rows_in_table(account, Right.OPERATE, rows).exists()) == LEAD_SOMETHING


def test_some_fields_are_closed_to_who_may_change_the_rest(world, people):
    ines = people["instructor"]
    assert closed_fields(ines, Course, world.course) == ["queue_weight", "repository_prefix"]
    assert closed_fields(ines, Enrollment, None) == ["account"]
    assert closed_fields(people["root"], Course, world.course) == []
    for name, value in (("queue_weight", 9), ("repository_prefix", "theirs/")):
        changed = Course.objects.get(pk=world.course.pk)
        setattr(changed, name, value)
        with pytest.raises(Refused):
            save_row(row=changed, actor=ines, at=NOW, reason="agreed")
    new = Enrollment(course=world.course, name="Eve", email="eve@example.edu", account=people["stranger"])
    with pytest.raises(Refused):
        save_row(row=new, actor=ines, at=NOW, reason="agreed")
