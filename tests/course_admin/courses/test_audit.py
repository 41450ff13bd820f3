"""The audit log: every change of a grade, a deadline or a role with who, when, before, after and why; never rewritten."""

import ast
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models

from course_admin.assignments.models import Extension, SectionDueTime
from course_admin.courses.audit import (
    AUDITED,
    NOT_AUDITED,
    WITHHELD,
    ChangedMeanwhile,
    OtherCourse,
    StillNeeded,
    delete_audited,
    save_audited,
)
from course_admin.courses.models import (
    Accommodation,
    AuditEvent,
    AuditKind,
    Enrollment,
    Group,
    GroupMembership,
    Role,
    Section,
)
from course_admin.courses.models.audit import HistoryRewritten
from course_admin.gradebook.models import Override
from course_admin.integrations.canvas.models import CanvasAssignment, CanvasCourse
from course_admin.invitations.models import SelfEnrolment
from tests.factories import NOW, make_course, make_enrollment, make_user

COURSE_ADMIN = Path(__file__).parents[3] / "course_admin"


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


def test_every_field_is_audited_that_no_exception_names(world, ines):
    world.student.name = "Mira O."
    assert save(world.student, ines).after == {"name": "Mira O."}
    assert save(world.student, ines) is None


def tables() -> list[type[models.Model]]:
    ours = [each for each in apps.get_models() if each.__module__.startswith("course_admin.")]
    return [each for each in ours if not each._meta.proxy]


def test_every_table_is_audited_or_says_why_not():
    labels = {each._meta.label_lower for each in tables()}
    audited = {each._meta.label_lower for each in AUDITED}
    assert labels == audited | set(NOT_AUDITED)
    assert not audited & set(NOT_AUDITED)


@pytest.mark.parametrize("model", AUDITED, ids=lambda model: model._meta.label)
def test_an_exception_names_a_field_and_gives_a_reason(model):
    names = {each.name for each in model._meta.concrete_fields}
    for name, reason in AUDITED[model].exceptions.items():
        assert name in names
        assert len(reason) > 10


def test_a_change_of_what_somebody_else_changed_meanwhile_is_refused_and_another_is_kept(world, ines):
    mine, theirs = (Enrollment.objects.get(pk=world.student.pk) for _ in range(2))
    theirs.name, mine.email = "Mira O.", "mira@example.edu"
    save(theirs, ines)
    save(mine, ines)
    held = Enrollment.objects.get(pk=world.student.pk)
    assert (held.name, held.email) == ("Mira O.", "mira@example.edu")
    again, late = (Enrollment.objects.get(pk=world.student.pk) for _ in range(2))
    again.name, late.name = "Mira", "M. Okafor"
    save(again, ines)
    with pytest.raises(ChangedMeanwhile, match="meanwhile"):
        save(late, ines)
    assert Enrollment.objects.get(pk=world.student.pk).name == "Mira"


def test_what_goes_with_a_deleted_row_has_an_event_of_its_own(world, ines):
    link = CanvasCourse.objects.create(course=world.course, address="https://canvas.example.edu", canvas_id=4)
    CanvasAssignment.objects.create(link=link, assignment=world.assignment, canvas_id=7)
    delete_audited(thing=link, actor=ines, at=NOW, reason="over")
    subjects = {event.subject: event.reason for event in AuditEvent.objects.all()}
    assert subjects == {"Canvas of TinyTorch": "over", "Tensor in Canvas": "deleted with Canvas of TinyTorch. over"}


def still_needed(world, thing) -> str:
    with pytest.raises(StillNeeded) as refusal:
        delete_audited(thing=thing, actor=None, at=NOW, reason="tidying")
    assert type(thing).objects.filter(pk=thing.pk).exists()
    assert not AuditEvent.objects.exists()
    return str(refusal.value)


def test_a_section_that_still_means_something_says_what_and_stays(world):
    section = Section.objects.create(course=world.course, name="Monday")
    world.student.section = section
    world.student.save()
    assert still_needed(world, section) == "Monday is still needed by enrolment Mira Okafor; nothing was deleted."
    world.student.section = None
    world.student.save()
    ta = make_enrollment(world.course, "tess", Role.TA)
    ta.other_sections.add(section)
    assert "enrolment Tess" in still_needed(world, section)
    ta.other_sections.clear()
    SectionDueTime.objects.create(assignment=world.assignment, section=section, due_at=NOW)
    assert "Tensor for Monday" in still_needed(world, section)


def test_a_group_and_an_enrolment_that_still_mean_something_say_what_and_stay(world, ines):
    group = Group.objects.create(course=world.course, name="Blue")
    GroupMembership.objects.create(group=group, student=world.student)
    assert "Mira Okafor in Blue" in still_needed(world, group)
    assert "Mira Okafor in Blue" in still_needed(world, world.student)


def test_nothing_leads_from_one_course_into_another(world, ines):
    elsewhere = Section.objects.create(course=make_course("other"), name="Monday")
    world.student.section = elsewhere
    with pytest.raises(OtherCourse, match="another course"):
        save(world.student, ines)


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
    whole = {"student_id": world.student.pk, "assignment_id": world.assignment.pk, "reason": "typo"}
    assert (made.before, made.after) == (None, {"points": "90", **whole})
    assert (changed.before, changed.after) == ({"points": "90"}, {"points": "80"})
    assert (removed.before, removed.after, removed.reason) == ({"points": "80", **whole}, None, "was right")
    assert not Override.objects.exists()


def test_the_reason_of_an_accommodation_stays_out_of_the_log(world, ines):
    standing = Accommodation(
        student=world.student, extra_days=2, starts_at=NOW, reason="a diagnosis", granted_by=ines, granted_at=NOW
    )
    event = save(standing, ines, "standing accommodation")
    assert "diagnosis" not in f"{event.subject}{event.before}{event.after}{event.reason}"
    assert (event.after["extra_days"], event.after["reason"]) == (2, WITHHELD)
    standing.reason = "another diagnosis"
    changed = save(standing, ines, "standing accommodation")
    assert (changed.before, changed.after) == ({"reason": WITHHELD}, {"reason": WITHHELD})
    assert save(standing, ines) is None


def test_that_a_course_has_a_code_to_join_by_is_in_the_log_and_the_code_is_not(world, ines):
    chosen = SelfEnrolment(course=world.course, is_open=True, email_domains="example.edu", code="AAAA-BBBB")
    assert save(chosen, ines).after["code"] == WITHHELD
    changes = []
    for code in ("CCCC-DDDD", ""):
        chosen.code = code
        event = save(chosen, ines)
        changes.append((event.before, event.after))
    assert changes == [({"code": WITHHELD}, {"code": WITHHELD}), ({"code": WITHHELD}, {"code": ""})]


@pytest.mark.parametrize("model", AUDITED, ids=lambda model: model._meta.label)
def test_what_is_withheld_is_a_field_with_a_reason_and_no_exception(model):
    how = AUDITED[model]
    for name, reason in how.withheld.items():
        assert name in how.fields(model)
        assert len(reason) > 10


def test_change_and_event_are_one_transaction(world, ines, monkeypatch):
    def fail(*rows, **options):
        raise RuntimeError("no event")

    monkeypatch.setattr(AuditEvent.objects, "bulk_create", fail)
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


WRITES = {
    "set",
    "add",
    "remove",
    "clear",
    "create",
    "bulk_create",
    "update",
    "delete",
    "get_or_create",
    "update_or_create",
}
#: Where an audited table or list is written by other hands than the writer's -> why that is on record all the same.
BY_OTHER_HANDS = {
    "api/tokens.py": "when a token was used last is no audited field",
    "integrations/lti/services.py": "what each launch tells is no audited field",
    "integrations/canvas/lms.py": "who is who in Canvas follows from the roster's keys, which are audited",
    "integrations/canvas/services.py": "it goes with the link's other Canvas course, which has an event",
    "integrations/canvas/developer_key/keys.py": "a secret's code and what Canvas answered are no audited fields",
    "invitations/mail.py": "when a mail left is no audited field",
    "manual_grading/grading/deal.py": "dealing out has an event of its own",
    "manual_grading/calibration/calibrate.py": "a calibration has an event of its own",
    "assignments/suites/versions.py": "a version is the files that it was made of; what lets it grade is audited",
}


def written_by_hand() -> dict[str, list[str]]:
    """Return the calls that write to a list of others of ours, or to the rows of an audited table, by their files."""
    classes = {each.__name__ for each in apps.get_models() if each._meta.concrete_model in AUDITED}
    lists = {each.name for model in tables() for each in model._meta.many_to_many}
    lists |= {each.get_accessor_name() for model in AUDITED for each in model._meta.related_objects}
    found: dict[str, list[str]] = {}
    for path in sorted(COURSE_ADMIN.rglob("*.py")):
        name = str(path.relative_to(COURSE_ADMIN))
        if "migrations" in path.parts or name.startswith("demo/"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITES:
                root, *steps = names_of(node.func.value)
                if root in classes or lists & set(steps):
                    found.setdefault(name, []).append(f"{node.lineno}: {ast.unparse(node.func)}")
    return found


def names_of(node: ast.expr) -> list[str]:
    """Return the names by which an expression gets to what it is, from the first on; an index ends them."""
    match node:
        case ast.Attribute():
            return [*names_of(node.value), node.attr]
        case ast.Call():
            return names_of(node.func)
        case ast.Name():
            return [node.id]
    return [""]


def test_no_list_and_no_row_of_an_audited_table_is_written_past_the_writer():
    found = written_by_hand()
    assert {name: calls for name, calls in found.items() if name not in BY_OTHER_HANDS} == {}
    assert set(found) == set(BY_OTHER_HANDS)
