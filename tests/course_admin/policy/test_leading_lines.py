"""The line of who leads a course is changed by an instructor alone: by no head TA, and by no file of anybody's."""

import contextlib

import pytest

from course_admin.courses import roster
from course_admin.courses.changes import delete_row, save_row, set_rows
from course_admin.courses.models import AuditEvent, Enrollment, OtherEmail, Role, Section
from course_admin.courses.roster import RosterFile
from course_admin.courses.roster.files.entry import Entry
from course_admin.courses.roster.plan import Change
from course_admin.policy import Refused
from tests.factories import NOW, make_enrollment

CHANGES = [
    {"name": "Somebody Else"},
    {"email": "mallory@example.edu"},
    {"github_login": "mallory"},
    {"github_id": 666},
    {"is_active": True},
    {"is_active": False},
    {"role": Role.STUDENT},
    {"section": None, "student_id": "U1"},
]


@pytest.mark.parametrize("role", [Role.HEAD_TA, Role.INSTRUCTOR])
@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_a_head_ta_changes_nothing_of_a_leading_persons_line(world, people, role, change):
    line = make_enrollment(world.course, "boss", role, is_active=change != {"is_active": True})
    for name, value in change.items():
        setattr(line, name, value)
    with pytest.raises(Refused, match="head TAs and instructors"):
        save_row(row=line, actor=people["head_ta"], at=NOW, reason="agreed")
    assert save_row(row=line, actor=people["instructor"], at=NOW, reason="agreed")


@pytest.mark.parametrize("role", [Role.HEAD_TA, Role.INSTRUCTOR])
def test_a_head_ta_promotes_nobody_themself_least(world, people, role):
    own = Enrollment.objects.get(account=people["head_ta"])
    for line in (own, world.student, Enrollment(course=world.course, name="Eve", email="eve@example.edu")):
        line.role = role
        with pytest.raises(Refused):
            save_row(row=line, actor=people["head_ta"], at=NOW, reason="agreed")


FILES = [
    ("boss@example.edu", {"name": "Mallory"}),
    ("boss@example.edu", {"github_login": "mallory"}),
    ("boss@example.edu", {"github_id": "666"}),
    ("boss@example.edu", {"student_id": "U666"}),
    ("boss@example.edu", {"role": "student"}),
    ("boss@example.edu", {}),  # reactivates
    ("mallory@example.edu", {"github_login": "boss"}),  # adds an address of theirs
    ("mira-okafor@example.edu", {"role": "instructor"}),
    ("new@example.edu", {"name": "New", "role": "head_ta"}),
]


@pytest.mark.parametrize(("email", "fields"), FILES, ids=str)
def test_an_import_by_a_head_ta_changes_nothing_of_who_leads(world, people, email, fields):
    line = make_enrollment(world.course, "boss", Role.INSTRUCTOR, is_active=False)
    leading = set(Enrollment.objects.filter(role__in=(Role.HEAD_TA, Role.INSTRUCTOR)).values_list("pk", "role"))
    file = RosterFile("plain CSV", [Entry(2, fields, (email,))])
    answers = {"role-2": "change"}
    shown = roster.plan(world.course, file, may_appoint=False, answers=answers)
    assert [(each.line, each.stops) for each in shown.problems] == [(2, False)]
    assert (shown.added, shown.changed) == ([], [])
    told = {"course": world.course, "deactivate_missing": False, "actor": people["head_ta"], "at": NOW}
    with contextlib.suppress(Refused):  # past the preview: what is not refused does nothing
        roster.apply(planned=roster.plan(world.course, file, answers=answers), **told)
    line.refresh_from_db()
    assert (line.name, line.email, line.github_login) == ("Boss", "boss@example.edu", "boss")
    assert (line.is_active, line.other_emails.count()) == (False, 0)
    assert leading == set(Enrollment.objects.filter(role__in=(Role.HEAD_TA, Role.INSTRUCTOR)).values_list("pk", "role"))


@pytest.mark.parametrize("of", ["new", "promoted", "leading"])
def test_a_plan_past_the_preview_is_refused_line_by_line(world, people, of):
    line = make_enrollment(world.course, "boss", Role.INSTRUCTOR)
    person = {each.pk: each for each in roster.people_of(world.course)}
    change = {
        "new": Change(2, None, "Eve", {}, {"name": "Eve", "email": "eve@example.edu", "role": "instructor"}),
        "promoted": Change(2, person[world.student.pk], "Mira", {}, {"role": "instructor"}),
        "leading": Change(2, person[line.pk], "Boss", {}, {"github_login": "mallory"}),
    }[of]
    forged = roster.Plan([change] if of == "new" else [], [] if of == "new" else [change], 0, [], [])
    told = {"course": world.course, "deactivate_missing": False, "actor": people["head_ta"], "at": NOW}
    with pytest.raises((Refused, roster.RosterRefused)):
        roster.apply(planned=forged, **told)
    assert not AuditEvent.objects.filter(reason="roster import").exists()


@pytest.mark.parametrize("role", [Role.HEAD_TA, Role.INSTRUCTOR])
def test_a_head_ta_adds_no_address_and_no_section_to_a_leading_persons_line(world, people, role):
    line, mate = make_enrollment(world.course, "boss", role), Enrollment.objects.get(account=people["mate"])
    told = {"actor": people["head_ta"], "at": NOW, "reason": "agreed"}
    moved = OtherEmail.objects.create(enrollment=mate, address="mate@home.example")
    moved.enrollment = line
    for address in (OtherEmail(enrollment=line, address="mallory@example.edu"), moved):
        with pytest.raises(Refused, match="head TAs and instructors"):
            save_row(row=address, **told)
    with pytest.raises(Refused, match="head TAs and instructors"):
        set_rows(row=line, name="other_sections", others=Section.objects.all(), **told)
    theirs = OtherEmail.objects.create(enrollment=line, address="boss@home.example")
    with pytest.raises(Refused, match="head TAs and instructors"):
        delete_row(row=theirs, **told)
    assert save_row(row=OtherEmail(enrollment=mate, address="m@example.org"), **told)
