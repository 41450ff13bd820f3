"""The audit log: every change of a grade, a deadline or a role with who, when, before, after and why; never rewritten."""

import pytest

from course_admin.assignments.models import Extension
from course_admin.courses.audit import delete_audited, save_audited
from course_admin.courses.models import Accommodation, AuditEvent, AuditKind, Role
from course_admin.courses.models.audit import HistoryRewritten
from course_admin.gradebook.models import Override
from tests.factories import NOW, make_user


@pytest.fixture
def ines(db):
    return make_user("ines")


def save(thing, ines, reason="asked for") -> AuditEvent | None:
    return save_audited(thing=thing, actor=ines, at=NOW, reason=reason)


def test_a_change_of_role_says_who_when_before_after_and_why(world, ines):
    world.student.role = Role.TA
    event = save(world.student, ines, "joins the staff")
    assert (event.kind, event.subject, event.actor, event.at) == (AuditKind.ROLE, "Mira Okafor", ines, NOW)
    assert (event.before, event.after, event.reason) == ({"role": "student"}, {"role": "ta"}, "joins the staff")


def test_what_is_not_audited_leaves_no_event(world, ines):
    world.student.name = "Mira O."
    assert save(world.student, ines) is None
    world.student.refresh_from_db()
    assert world.student.name == "Mira O."


def test_a_deadline_and_a_late_policy_leave_events(world, ines):
    world.assignment.due_at = NOW
    world.assignment.late_percent = "5.50"
    event = save(world.assignment, ines)
    assert event.kind == AuditKind.DEADLINE
    assert event.before == {"due_at": None, "late_percent": "0"}
    assert event.after == {"due_at": "2026-10-02T12:00:00+00:00", "late_percent": "5.5"}


def test_an_override_leaves_an_event_when_it_is_set_changed_and_removed(world, ines):
    override = Override(
        student=world.student, assignment=world.assignment, points=90, reason="typo", set_by=ines, set_at=NOW
    )
    save(override, ines, "typo")
    override.points = 80
    save(override, ines, "typo again")
    delete_audited(thing=override, actor=ines, at=NOW, reason="was right")
    removed, changed, made = AuditEvent.objects.filter(kind=AuditKind.GRADE)
    assert (made.before, made.after) == (None, {"points": "90"})
    assert (changed.before, changed.after) == ({"points": "90"}, {"points": "80"})
    assert (removed.before, removed.after, removed.reason) == ({"points": "80"}, None, "was right")
    assert not Override.objects.exists()


def test_the_reason_of_an_accommodation_stays_out_of_the_log(world, ines):
    standing = Accommodation(
        student=world.student, extra_days=2, starts_at=NOW, reason="a diagnosis", granted_by=ines, granted_at=NOW
    )
    event = save(standing, ines, "standing accommodation")
    assert "diagnosis" not in f"{event.subject}{event.before}{event.after}{event.reason}"
    assert event.after["extra_days"] == 2


def test_change_and_event_are_one_transaction(world, ines, monkeypatch):
    def fail(**fields):
        raise RuntimeError("no event")

    monkeypatch.setattr(AuditEvent.objects, "create", fail)
    extension = Extension(
        assignment=world.assignment, student=world.student, days=1, reason="flu", granted_by=ines, granted_at=NOW
    )
    with pytest.raises(RuntimeError):
        save(extension, ines)
    assert not Extension.objects.exists()


def test_an_event_is_never_changed_and_never_deleted(world, ines):
    world.student.role = Role.TA
    event = save(world.student, ines)
    for rewrite in (
        event.save,
        event.delete,
        AuditEvent.objects.all().delete,
        lambda: AuditEvent.objects.update(reason=""),
    ):
        with pytest.raises(HistoryRewritten):
            rewrite()
