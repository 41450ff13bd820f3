"""A Classroom 50 classroom's assignments become drafts, once: `course_admin/assignments/classroom50/`."""

import json
from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse

from course_admin.assignments.classroom50.configuration import SCHEMA, ConfiguredAssignment, read_assignments
from course_admin.assignments.classroom50.drafts import NotImported, import_drafts, plan_drafts
from course_admin.assignments.models import Assignment
from course_admin.courses.csv_files import FileUnreadable
from course_admin.courses.models import AuditEvent, Course, Role
from course_admin.policy import Refused
from tests.factories import NOW, OWNER, make_assignment, make_course, make_enrollment

DUE = "2026-10-09T21:59:00Z"
ALONE = {"slug": "tensor-lab", "name": "Tensor lab", "mode": "individual", "autograder": "pytest", "due": DUE}
TOGETHER = {"slug": "final", "name": "Final project", "mode": "group", "max_group_size": 3, "template": {"owner": "o"}}


def packed(*rows, **fields) -> bytes:
    return json.dumps({"schema": SCHEMA, "assignments": list(rows), **fields}).encode()


@pytest.fixture
def ines(world):
    return make_enrollment(world.course, "ines", Role.INSTRUCTOR).account


def told(world, **fields):
    configured = read_assignments(packed(ALONE, TOGETHER))
    return {"course": world.course, "configured": configured, "owner": OWNER, "classroom": "cs50-fall", **fields}


def test_each_assignment_is_read_and_what_is_unknown_left_alone():
    assert read_assignments(b"\xef\xbb\xbf" + packed(ALONE, {**TOGETHER, "locked": True}, more=1)) == [
        ConfiguredAssignment("tensor-lab", "Tensor lab", datetime(2026, 10, 9, 21, 59, tzinfo=UTC), 1),
        ConfiguredAssignment("final", "Final project", None, 3),
    ]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\xff\xfe\x00", "not UTF-16"),
        (b"{", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "no assignments.json of Classroom 50"),
        (packed(ALONE, schema="classroom50/scores/v1"), "no assignments.json of Classroom 50"),
        (packed(), "0 assignments"),
        (packed(ALONE, ALONE), "tensor-lab is in the file 2 times"),
        (packed("x"), "Assignment 1 has no usable slug"),
        (packed(ALONE, {**TOGETHER, "slug": "../x"}), "Assignment 2 has no usable slug"),
        (packed({**ALONE, "name": " "}), "tensor-lab has no usable name"),
        (packed({**ALONE, "mode": "pairs"}), "no usable mode"),
        (packed({**TOGETHER, "max_group_size": True}), "no usable max_group_size"),
        (packed({**ALONE, "due": "2026-10-09T21:59:00"}), "no usable due time"),
        (packed({**ALONE, "due": "0001-01-01T00:00:00+14:00"}), "no usable due time"),
        (packed({**ALONE, "due": 17}), "no usable due time"),
    ],
)
def test_a_file_that_is_wrong_gets_one_sentence(data, words):
    with pytest.raises(FileUnreadable, match=words):
        read_assignments(data)


def test_drafts_are_made_once_and_on_record_and_what_is_there_stays(world, ines):
    assert [each.present for each in plan_drafts(**told(world), by=ines)] == [None, None]
    assert Assignment.objects.count() == 1
    made = import_drafts(**told(world), by=ines, at=NOW)
    first = made[0]
    assert (first.is_draft, first.title, first.group_size, first.suite) == (True, "Tensor lab", 1, None)
    assert first.pattern_when_open == f"{OWNER}/cs50-fall-tensor-lab-{{login}}"
    assert AuditEvent.objects.filter(actor=ines, reason__contains="Classroom 50").count() == 2
    Assignment.objects.filter(pk=first.pk).update(due_at=NOW)
    assert import_drafts(**told(world), by=ines, at=NOW) == []
    assert [each.differs_in_due_time for each in plan_drafts(**told(world), by=ines)] == [True, False]
    assert Assignment.objects.get(pk=first.pk).due_at == NOW


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"owner": "no owner"}, "tensor-lab: no owner/"),
        ({"owner": ""}, "tensor-lab"),
        ({"classroom": "A B"}, "short name"),
    ],
)
def test_names_that_no_repository_has_import_nothing(world, ines, fields, words):
    with pytest.raises(NotImported, match=words):
        import_drafts(**told(world, **fields), by=ines, at=NOW)
    assert Assignment.objects.count() == 1


def test_repositories_of_another_course_are_not_taken(world, ines):
    Course.objects.create(slug="other", title="Other", repository_prefix=f"{OWNER}/cs50-fall")
    with pytest.raises(NotImported, match="are of the course Other"):
        import_drafts(**told(world), by=ines, at=NOW)


def test_an_organisation_of_another_course_is_named_before_anything_is_shown(world, ines):
    make_assignment(make_course("other"), "m01", repository_pattern="others/m01-{login}")
    with pytest.raises(NotImported, match="Only an administrator may"):
        plan_drafts(**told(world, owner="others"), by=ines)
    assert plan_drafts(**told(world, owner="others"), by=None)


def test_only_who_leads_the_course_imports(world, client):
    ta = make_enrollment(world.course, "tea", Role.TA).account
    with pytest.raises(Refused):
        import_drafts(**told(world), by=ta, at=NOW)
    client.force_login(ta)
    assert client.get(reverse("import-classroom50", args=[world.course.slug])).status_code == 404


@pytest.mark.medium
def test_the_page_shows_then_makes_what_it_showed(world, ines, client):
    page = reverse("import-classroom50", args=[world.course.slug])
    client.force_login(ines)
    named = {"owner": OWNER, "classroom": "cs50-fall"}

    def shown(data):
        return client.post(page, {**named, "file": SimpleUploadedFile("a.json", data)})

    assert "not JSON" in shown(b"{").content.decode()
    assert "not UTF-8" in shown(b"\xff").content.decode()
    answer = shown(packed(ALONE, TOGETHER))
    assert "Make 2 drafts" in answer.content.decode()
    assert Assignment.objects.count() == 1
    confirmed = {**named, "text": answer.context["told"]["text"], "confirm": ""}
    assert "Drafts made: 2." in client.post(page, confirmed, follow=True).content.decode()
    assert "not JSON" in client.post(page, {**confirmed, "text": "x"}, follow=True).content.decode()
    assert "nothing is left to import" in shown(packed(ALONE, TOGETHER)).content.decode()


def test_the_command_changes_nothing_until_it_is_told_to(world, tmp_path):
    folder = tmp_path / "cs50-fall"
    folder.mkdir()
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_classroom50", world.course.slug, folder, owner=OWNER)
    (folder / "assignments.json").write_bytes(packed(ALONE))
    call_command("import_classroom50", world.course.slug, folder, owner=OWNER)
    assert Assignment.objects.count() == 1
    call_command("import_classroom50", world.course.slug, folder, owner=OWNER, write=True)
    assert Assignment.objects.get(slug="tensor-lab").pattern_when_open == f"{OWNER}/cs50-fall-tensor-lab-{{login}}"
    with pytest.raises(CommandError, match="no course"):
        call_command("import_classroom50", "nowhere", folder, owner=OWNER)
