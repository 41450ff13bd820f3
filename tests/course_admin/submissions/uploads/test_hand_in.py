"""Uploads: what is chosen is read, shown, and an attempt once its student confirms exactly that."""

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from course_admin.assignments.models import SuiteVersion
from course_admin.assignments.patterns import login_in
from course_admin.courses.models import Enrollment, Group, Role
from course_admin.policy import Refused
from course_admin.submissions.models import Attempt, Run, RunState, Upload
from course_admin.submissions.models.upload import KEPT_FOR
from course_admin.submissions.uploads import hand_in as service
from course_admin.submissions.uploads import views
from course_admin.submissions.uploads.hand_in import UploadRefused, forget_uploads, hand_in, receive_upload
from grader.source import stage_archive, unpack_archive
from grader.suite.bundle import pack_suite
from grader.suite.manifest import load_suite
from grader.transport.archives import FolderArchives
from tests.factories import NOW, make_assignment, make_course, make_enrollment
from tests.grader.source.sources import WORK, make_zip

ROOT = Path(__file__).resolve().parents[4]
TENSOR = "tinytorch/core/tensor.py"
LATER = NOW + timedelta(minutes=5)


def send(world: Any, *files: tuple[str, bytes], at: Any = NOW, student: Enrollment | None = None) -> Upload:
    student = student or world.student
    return receive_upload(
        student=student,
        assignment=world.assignment,
        files=files or [("work.zip", make_zip(WORK))],
        actor=student.account,
        at=at,
    )


def confirm(upload: Upload, at: Any = LATER, digest: str | None = None) -> Attempt:
    given = upload.archive_sha256 if digest is None else digest
    return hand_in(upload=upload, digest=given, actor=upload.account, at=at)


@pytest.fixture
def suite(world, settings) -> SuiteVersion:
    """Let the assignment's suite be that of module 01, as it lies there."""
    archive = FolderArchives(settings.ASSAY_ARCHIVES).put(pack_suite(load_suite(ROOT / "test_suites" / "m01_tensor")))
    SuiteVersion.objects.filter(pk=world.assignment.suite_id).update(archive_sha256=archive)
    world.assignment.refresh_from_db()
    return world.assignment.suite


def test_nothing_is_handed_in_before_it_is_confirmed_and_it_counts_from_then(world, settings):
    upload = send(world)
    assert not Attempt.objects.exists()
    attempt = confirm(upload)
    assert (attempt.upload, attempt.push, attempt.received_at, attempt.number) == (upload, None, LATER, 1)
    assert attempt.student == world.student
    assert attempt.runs.get().state == RunState.QUEUED
    stored = unpack_archive(FolderArchives(settings.ASSAY_ARCHIVES).get(attempt.archive_sha256))
    assert stored.digest == attempt.tree_digest == stage_archive(make_zip(WORK)).digest
    upload.refresh_from_db()
    assert (upload.uploaded_at, upload.confirmed_at, upload.held) == (NOW, LATER, None)


@pytest.mark.medium
def test_confirming_twice_makes_one_attempt(world):
    upload = send(world)
    assert confirm(upload) == confirm(upload, LATER + timedelta(seconds=1))
    assert Attempt.objects.count() == Run.objects.count() == 1


@pytest.mark.slow
def test_only_what_was_shown_can_be_confirmed(world):
    first = send(world)
    second = send(world, ("other.zip", make_zip({**WORK, "README.md": b"changed"})))
    with pytest.raises(UploadRefused, match="no longer kept"):
        confirm(first)
    with pytest.raises(UploadRefused, match="not the files that were shown"):
        confirm(second, digest=first.archive_sha256)
    assert not Attempt.objects.exists()
    assert confirm(second).archive_sha256 == second.archive_sha256


@pytest.mark.slow
def test_an_upload_supersedes_what_still_waits_and_obeys_limit_and_cool_down(world):
    first = confirm(send(world))
    second = confirm(send(world, ("b.zip", make_zip({**WORK, "b.py": b"2"}))))
    assert [each.runs.get().state for each in (first, second)] == [RunState.SUPERSEDED, RunState.QUEUED]
    Run.objects.filter(attempt=second).update(
        state=RunState.RUNNING, lease_token="t", lease_expires_at=LATER, started_at=LATER
    )
    type(world.assignment).objects.filter(pk=world.assignment.pk).update(cool_down_minutes=30)
    third = confirm(send(world, ("c.zip", make_zip({**WORK, "c.py": b"3"}))), at=LATER + timedelta(minutes=1))
    assert third.runs.get().not_before == LATER + timedelta(minutes=30)
    type(world.assignment).objects.filter(pk=world.assignment.pk).update(attempt_limit=1)
    fourth = confirm(send(world, ("d.zip", make_zip({**WORK, "d.py": b"4"}))), at=LATER + timedelta(minutes=2))
    assert (fourth.number, fourth.runs.count()) == (4, 0)


def test_an_upload_of_a_group_counts_for_all_of_it(world):
    type(world.assignment).objects.filter(pk=world.assignment.pk).update(group_size=2)
    world.assignment.refresh_from_db()
    jon = make_enrollment(world.course, "jon")
    Group.objects.create(course=world.course, name="pair", hands_in_together=True).students.set([world.student, jon])
    assert set(confirm(send(world)).people) == {world.student, jon}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"takes_uploads": False}, "takes no uploads"),
        ({"is_draft": True, "repository_pattern": ""}, "takes no uploads"),
    ],
)
def test_an_assignment_that_takes_no_uploads_takes_none(world, change, sentence):
    waiting = send(world)
    type(world.assignment).objects.filter(pk=world.assignment.pk).update(**change)
    world.assignment.refresh_from_db()
    with pytest.raises(UploadRefused, match=sentence):
        send(world)
    with pytest.raises(UploadRefused, match=sentence):
        confirm(waiting)
    assert not Attempt.objects.exists()


def test_nobody_hands_in_for_somebody_else_or_in_another_course_or_after_leaving(world):
    jon = make_enrollment(world.course, "jon")
    told = {"assignment": world.assignment, "files": [("a.py", b"1")], "at": NOW}
    with pytest.raises(Refused):
        receive_upload(student=world.student, actor=jon.account, **told)
    upload = send(world)
    with pytest.raises(Refused):
        hand_in(upload=upload, digest=upload.archive_sha256, actor=jon.account, at=NOW)
    elsewhere = make_enrollment(make_course("other"), "mira-2")
    with pytest.raises(UploadRefused, match="active student"):
        receive_upload(student=elsewhere, actor=elsewhere.account, **told)
    Enrollment.objects.filter(pk=world.student.pk).update(is_active=False)
    with pytest.raises(UploadRefused, match="active student"):
        confirm(upload)
    assert not Attempt.objects.exists()


def test_one_odd_name_is_left_out_with_a_note_and_the_rest_is_handed_in(world):
    attempt = confirm(send(world, ("w.zip", make_zip({**WORK, "te\u202enp.py": b"1"}))))
    assert attempt.refusal == ""
    (note,) = attempt.notes
    assert "control or invisible" in note
    assert "\u202e" not in note


def test_a_single_file_is_put_where_the_suite_asks_for_it(world, suite):
    upload = send(world, ("tensor.py", b"class Tensor: ...\n"))
    assert unpack_archive(bytes(upload.held)).paths == (TENSOR,)
    assert upload.notes == [f"tensor.py was put where this assignment expects it: {TENSOR}."]


@pytest.mark.medium
@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ([], "Choose at least one file"),
        ([("w.zip", b"PK\x03\x04 and no more")], "damaged|contradicts|not a zip"),
        ([("w.zip", b"no archive")], "is not a zip"),
        ([("a.pyc", b"1")], "Nothing of what you chose"),
        ([("w.zip", make_zip({"../x.py": b"1"}))], "could leave"),
    ],
)
def test_what_cannot_be_read_is_one_sentence_and_changes_nothing(world, files, sentence):
    waiting = send(world)
    with pytest.raises(UploadRefused, match=sentence) as refusal:
        receive_upload(
            student=world.student, assignment=world.assignment, files=files, actor=world.student.account, at=NOW
        )
    assert "\n" not in str(refusal.value)
    assert list(Upload.objects.all()) == [waiting]


@pytest.mark.medium
def test_who_uploads_without_end_waits(world, monkeypatch):
    monkeypatch.setattr(service, "UPLOADS_AN_HOUR", 2)
    for _ in range(2):
        send(world)
    with pytest.raises(UploadRefused, match="very often"):
        send(world)
    send(world, student=make_enrollment(world.course, "jon"))


def test_what_waits_too_long_is_forgotten_and_what_was_handed_in_never(world):
    confirm(send(world))
    send(world, ("b.py", b"2"))
    assert forget_uploads(at=NOW + KEPT_FOR - timedelta(seconds=1)) == 0
    assert forget_uploads(at=NOW + KEPT_FOR) == 1
    assert [each.is_waiting for each in Upload.objects.all()] == [False]


# --- the pages ---


def post(client: Any, world: Any, *files: SimpleUploadedFile, **more: str) -> Any:
    url = reverse("upload-new", args=[world.course.slug])
    return client.post(url, {"assignment": world.assignment.slug, "chosen": list(files), **more})


@pytest.mark.medium
def test_a_student_hands_in_with_two_clicks_and_no_script(client, world, suite):
    client.force_login(world.student.account)
    assert (
        reverse("upload-new", args=[world.course.slug])
        in client.get(reverse("course-home", args=[world.course.slug])).content.decode()
    )
    answer = post(client, world, SimpleUploadedFile("work.zip", make_zip(WORK)))
    shown = client.get(answer.url).content.decode()
    assert "not handed in yet" in shown
    assert all(path in shown for path in WORK)
    assert "Everything that this assignment asks for is there." in shown
    done = client.post(answer.url, {"digest": Upload.objects.get().archive_sha256}, follow=True)
    page = done.content.decode()
    assert done.status_code == 200
    assert "Handed in: this is attempt 1." in page
    assert "upload of" in page
    assert "work.zip" in page
    assert client.get(answer.url).url == reverse("attempt", args=[Attempt.objects.get().public_id])


@pytest.mark.medium
def test_a_preview_says_what_the_suite_will_not_find_and_what_it_costs_now(client, world, suite):
    past = timezone.now() - timedelta(days=1)
    type(world.assignment).objects.filter(pk=world.assignment.pk).update(due_at=past, attempt_limit=1)
    run = confirm(send(world)).runs.get()
    Run.objects.filter(pk=run.pk).update(state=RunState.RUNNING, lease_token="t", lease_expires_at=LATER)
    client.force_login(world.student.account)
    files = SimpleUploadedFile("sensor.py", b"x = 1\n"), SimpleUploadedFile("b.py", b"y = 2\n")
    shown = client.get(post(client, world, *files).url).content.decode()
    assert "has no package" in shown
    assert "it is late" in shown
    assert "Your 1 attempt is used" in shown


def test_several_files_are_one_upload(client, world):
    client.force_login(world.student.account)
    post(client, world, SimpleUploadedFile("a.py", b"1"), SimpleUploadedFile("b.py", b"2"))
    assert unpack_archive(bytes(Upload.objects.get().held)).paths == ("a.py", "b.py")


def test_what_is_too_large_is_one_sentence(client, world, monkeypatch):
    client.force_login(world.student.account)
    url = reverse("upload-new", args=[world.course.slug])
    announced = client.post(url, b"", content_type="multipart/form-data; boundary=x", CONTENT_LENGTH=str(1 << 30))
    assert announced.status_code == 413
    assert "at most 30 MiB" in announced.content.decode()
    monkeypatch.setattr(views, "UPLOAD_BYTES", 10)
    measured = post(client, world, SimpleUploadedFile("a.py", b"x" * 11))
    assert measured.status_code == 413
    assert "at most 30 MiB" in measured.content.decode()
    assert not Upload.objects.exists()


def test_too_many_files_and_a_broken_form_are_one_sentence(client, world, settings):
    settings.DATA_UPLOAD_MAX_NUMBER_FILES = 3
    client.force_login(world.student.account)
    many = post(client, world, *(SimpleUploadedFile(f"{n}.py", b"1") for n in range(4)))
    broken = client.post(
        reverse("upload-new", args=[world.course.slug]), b"--x\r\nno", content_type="multipart/form-data; boundary="
    )
    for answer in (many, broken):
        assert answer.status_code == 400
        assert "Pack your folder as one zip" in answer.content.decode()


def test_a_form_of_another_site_hands_nothing_in(world):
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    strict.force_login(world.student.account)
    data = {"assignment": world.assignment.slug, "chosen": io.BytesIO(b"x = 1\n")}
    assert strict.post(reverse("upload-new", args=[world.course.slug]), data).status_code == 403
    upload = send(world)
    answer = strict.post(reverse("upload", args=[upload.public_id]), {"digest": upload.archive_sha256})
    assert answer.status_code == 403
    assert not Attempt.objects.exists()


def test_text_of_a_student_stays_text(client, world):
    client.force_login(world.student.account)
    answer = post(client, world, SimpleUploadedFile("<script>a.py", b"1"))
    assert "<script>a.py" not in client.get(answer.url).content.decode()


def test_an_assignment_without_repositories_is_open_and_takes_no_push(world):
    other = make_assignment(world.course, "essay", repository_pattern="")
    other.full_clean()
    upload = receive_upload(
        student=world.student, assignment=other, files=[("a.py", b"1")], actor=world.student.account, at=NOW
    )
    assert confirm(upload).assignment == other
    assert login_in(other.repository_pattern, "tinytorch-class/mira-okafor") is None
    staff = make_enrollment(world.course, "tess", Role.INSTRUCTOR)
    with pytest.raises(Refused):
        receive_upload(student=world.student, assignment=other, files=[("a.py", b"1")], actor=staff.account, at=NOW)


@pytest.mark.medium
@pytest.mark.parametrize(
    ("name", "files", "words"),
    [
        ("no package", {"README.md": b"soon"}, "has no package 'tinytorch'"),
        ("a package by another name", {"tinytorc/__init__.py": b"", "tinytorc/core.py": b"x = 1\n"}, "rename"),
        ("two of them", {f"{home}tinytorch/__init__.py": b"x = 1\n" for home in ("", "src/")}, "more than once"),
    ],
)
def test_what_no_check_could_be_made_of_is_refused_and_uses_up_no_attempt(world, suite, name, files, words):
    type(world.assignment).objects.update(attempt_limit=1)
    world.assignment.refresh_from_db()
    refused = confirm(send(world, ("work.zip", make_zip(files))))
    assert words in refused.refusal
    assert not refused.runs.exists()
    attempt = confirm(send(world))
    assert (attempt.refusal, attempt.runs.get().state) == ("", RunState.QUEUED)
