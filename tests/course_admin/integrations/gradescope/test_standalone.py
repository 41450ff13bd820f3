"""An autograder that runs in Gradescope is packed in the queue: whose it is, what it holds, how its page goes along."""

import io
import json
import os
import zipfile
from pathlib import Path

import pytest
from django.core import signing
from django.urls import reverse
from django.utils import translation

from course_admin import task_sender
from course_admin.assignments.models import SuiteVersion
from course_admin.courses.models import Role
from course_admin.integrations.gradescope import standalone, tasks
from course_admin.integrations.gradescope.models import PackedAutograder
from course_admin.integrations.outbox.enquiry.asking import KEPT_FOR
from course_admin.integrations.outbox.enquiry.model import LONGEST
from course_admin.policy import Refused
from grader.errors import SuiteError
from grader.sandbox.rootfs import locate
from grader.sandbox.rootfs.locate import Roots
from grader.suite.bundle import pack_suite
from grader.transport.archives import FolderArchives
from tests.factories import NOW, make_assignment, make_enrollment
from tests.grader.engines import make_suite

PLACE = ["tinytorch", "m01"]
BUTTON = reverse("gradescope-bundle", args=PLACE)
PAGE, LIVE, STATE, ARCHIVE = (
    reverse(f"gradescope-{name}", args=PLACE)
    for name in ("autograder", "autograder-live", "autograder-state", "archive")
)


@pytest.fixture
def stored(world, settings, tmp_path):
    """Give the assignment a suite whose archive is kept."""
    settings.ASSAY_ARCHIVES = tmp_path / "archives"
    suite = make_suite(tmp_path / "suite")
    sha256 = FolderArchives(settings.ASSAY_ARCHIVES).put(pack_suite(suite))
    version = world.assignment.suite
    SuiteVersion.objects.filter(pk=version.pk).update(name=suite.name, digest=suite.digest, archive_sha256=sha256)
    world.assignment.refresh_from_db()
    return suite


@pytest.fixture
def roots(monkeypatch, tmp_path):
    """Let the file systems of boxes be two small folders."""
    for name in ("candidate", "judge"):
        (tmp_path / "roots" / name).mkdir(parents=True)
        for number in range(150):
            (tmp_path / "roots" / name / f"{number}.txt").write_text("x")
    (tmp_path / "roots" / "stamp.json").write_text("{}")
    found = Roots(tmp_path / "roots" / "candidate", tmp_path / "roots" / "judge", "d" * 64)
    monkeypatch.setattr(standalone, "find_roots", lambda: found)


@pytest.fixture
def ines(world):
    return make_enrollment(world.course, "ines", Role.INSTRUCTOR).account


@pytest.fixture
def instructor(client, ines, monkeypatch):
    """Log an instructor in at the fixed time; what is sent to the queue stays there."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    monkeypatch.setattr(signing.time, "time", NOW.timestamp)
    client.force_login(ines)
    return client


@pytest.fixture
def sent(monkeypatch, django_capture_on_commit_callbacks):
    """Return the names of the tasks that were sent."""
    names: list[str] = []
    monkeypatch.setattr(task_sender, "_send", lambda task, *_rest: names.append(task))
    return names


def packed(at=NOW):
    """Do what the task does."""
    standalone.pack(asked=PackedAutograder.objects.select_related("suite").get(), at=at)


def files(settings) -> list[Path]:
    folder = Path(settings.ASSAY_ARCHIVES) / standalone.FOLDER
    return sorted(folder.iterdir()) if folder.is_dir() else []


def told(answer) -> dict:
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as archive:
        assert archive.testzip() is None
        assert {"setup.sh", "run_autograder", "suite.tar", "roots.tar.gz", "engine.tar.gz"} <= set(archive.namelist())
        assert len(archive.namelist()) == len(set(archive.namelist()))
        return json.loads(archive.read("autograder.json"))


def test_the_button_asks_and_the_page_follows_until_the_archive_can_be_fetched(
    world, instructor, stored, roots, monkeypatch
):
    assert "Make the archive" in instructor.get(PAGE).content.decode()
    answer = instructor.post(BUTTON, {"standalone": ""})
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    page = instructor.get(PAGE).content.decode()
    assert "live.js" in page
    assert "The archive is being packed." in page
    assert "Make the archive" not in page
    seen = [instructor.get(STATE).json()["version"]]
    keep = standalone.answer

    def follow(*, asked, find, at):
        def watched(step):
            def tell(done, total):
                step(done, total)
                seen.append(instructor.get(STATE).json()["version"])
                assert f'max="{total}" value="{done}"' in instructor.get(LIVE).content.decode()

            return find(tell)

        keep(asked=asked, find=watched, at=at)

    monkeypatch.setattr(standalone, "answer", follow)
    packed()
    seen.append(instructor.get(STATE).json()["version"])
    assert len(set(seen)) == len(seen) == 5  # asked, 100, 200 and 300 of 303 files, ready
    live = instructor.get(LIVE).content.decode()
    assert 'data-final="yes"' in live
    assert f'href="{ARCHIVE}"' in live
    assert "live.js" not in instructor.get(PAGE).content.decode()
    first, again = told(instructor.get(ARCHIVE)), told(instructor.get(ARCHIVE))
    assert first == again
    assert (first["suite"], first["digest"]) == (stored.name, stored.digest)


@pytest.mark.bubblewrap  # whose file systems are packed
@pytest.mark.slow
def test_the_archive_is_made_of_the_file_systems_of_boxes(instructor, stored):
    instructor.post(BUTTON, {"standalone": ""})
    packed()
    assert told(instructor.get(ARCHIVE))["digest"] == stored.digest


def test_one_is_packed_at_a_time_and_serves_every_assignment_of_its_suite(
    world, instructor, ines, stored, roots, settings, sent
):
    other = make_assignment(world.course, "m77", suite=world.assignment.suite)
    for thing in (world.assignment, other, world.assignment):
        standalone.ask(assignment=thing, actor=ines, at=NOW)
    asked = [
        instructor.post(reverse("gradescope-bundle", args=["tinytorch", slug]), {"standalone": ""})
        for slug in ("m01", "m77")
    ]
    assert [each.status_code for each in asked] == [302, 302]
    assert PackedAutograder.objects.count() == 1
    packed()
    assert not standalone.ask(assignment=other, actor=ines, at=NOW + LONGEST)
    (file,) = files(settings)
    assert file.stat().st_mode & 0o777 == 0o640
    with zipfile.ZipFile(file) as kept:
        assert "autograder.json" not in kept.namelist()  # the keys of seeds lie in no folder
    keys = [
        told(instructor.get(reverse("gradescope-archive", args=["tinytorch", slug])))["key"] for slug in ("m01", "m77")
    ]
    assert len(set(keys)) == 2
    assert files(settings) == [file]


def test_the_task_is_sent_once_and_packs_only_what_is_waited_for(
    world, instructor, stored, roots, settings, sent, monkeypatch, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        instructor.post(BUTTON, {"standalone": ""})
        instructor.post(BUTTON, {"standalone": ""})
    assert sent == [tasks.PACK]
    for at in (NOW, NOW, NOW + LONGEST):  # the message comes twice, and once more when nobody waits
        monkeypatch.setattr(tasks, "now", lambda at=at: at)
        tasks.pack(world.assignment.suite_id)
    assert len(files(settings)) == 1
    tasks.pack(world.assignment.suite_id + 1)


def test_an_archive_is_kept_for_a_week_and_what_a_dead_worker_left_for_an_hour(
    world, instructor, ines, stored, roots, settings
):
    standalone.ask(assignment=world.assignment, actor=ines, at=NOW)
    packed()
    (file,) = files(settings)
    left = file.with_name(".left.zip")
    left.write_bytes(b"x")
    for each in (file, left):
        os.utime(each, (NOW.timestamp(), NOW.timestamp()))
    assert standalone.forget(NOW + standalone.UNFINISHED_FOR / 2) == 0
    assert standalone.forget(NOW + 2 * standalone.UNFINISHED_FOR) == 1
    assert files(settings) == [file]
    asked = PackedAutograder.objects.get()
    assert standalone.is_ready(asked, NOW + KEPT_FOR / 2)
    assert not standalone.is_ready(asked, NOW + KEPT_FOR)
    assert standalone.forget(NOW + KEPT_FOR + LONGEST) == 1
    assert (files(settings), PackedAutograder.objects.count()) == ([], 0)
    assert standalone.ask(assignment=world.assignment, actor=ines, at=NOW + KEPT_FOR)


def test_an_archive_that_is_gone_from_its_folder_is_made_anew(world, instructor, ines, stored, roots, settings):
    standalone.ask(assignment=world.assignment, actor=ines, at=NOW)
    packed()
    files(settings)[0].unlink()
    answer = instructor.get(ARCHIVE, follow=True)
    assert "There is no archive of this suite at present: have it made first." in answer.content.decode()
    assert standalone.ask(assignment=world.assignment, actor=ines, at=NOW)


def test_a_suite_that_has_changed_meanwhile_is_packed_anew(world, instructor, ines, stored, roots):
    standalone.ask(assignment=world.assignment, actor=ines, at=NOW)
    packed()
    world.assignment.suite = SuiteVersion.objects.create(
        name="other", digest="f" * 64, archive_sha256="e" * 64, added_at=NOW
    )
    world.assignment.save()
    assert instructor.get(ARCHIVE)["Location"] == PAGE
    assert "There is no archive of this suite at present." in instructor.get(PAGE).content.decode()


def test_without_file_systems_of_boxes_it_says_how_to_get_it_in_the_readers_language(
    instructor, stored, settings, tmp_path, monkeypatch
):
    monkeypatch.setenv("ASSAY_ROOTS", str(tmp_path / "none"))
    instructor.post(BUTTON, {"standalone": ""})
    packed()
    page = instructor.get(PAGE).content.decode()
    assert "python -m grader bundle gradescope" in page
    assert "Make the archive" in page
    assert files(settings) == []
    with translation.override("de"):
        assert standalone.words(str(standalone.NOT_HERE)).startswith("Dieser Server kann")


def test_a_machine_without_the_builder_s_own_files_says_the_same(instructor, stored, monkeypatch, tmp_path):
    """A service's image has neither the pins of boxes nor libseccomp: what is missing is no Fault of the engine's then."""
    monkeypatch.setattr(locate, "CANDIDATE_PINS", tmp_path / "none" / "requirements.txt")
    instructor.post(BUTTON, {"standalone": ""})
    packed()
    assert "This server cannot make the archive" in instructor.get(PAGE).content.decode()


def test_a_suite_whose_archive_is_gone_is_a_sentence(instructor, world, settings, tmp_path):
    settings.ASSAY_ARCHIVES = tmp_path / "archives"
    instructor.post(BUTTON, {"standalone": ""})
    packed()
    assert "This server cannot make the archive" in instructor.get(PAGE).content.decode()


def test_a_suite_that_cannot_run_there_says_so_and_leaves_no_file(instructor, stored, roots, settings, monkeypatch):
    def refuse(target, *_rest):
        target.write(b"half")
        raise SuiteError("it brings packages of its own")

    monkeypatch.setattr(standalone, "write_parts", refuse)
    instructor.post(BUTTON, {"standalone": ""})
    packed()
    assert "it brings packages of its own." in instructor.get(LIVE).content.decode()
    assert files(settings) == []


def test_an_assignment_without_a_suite_is_a_sentence(world, instructor, ines):
    type(world.assignment).objects.update(suite=None, is_draft=True, repository_pattern="")
    world.assignment.refresh_from_db()
    with pytest.raises(standalone.CannotBePacked, match="has no suite yet"):
        standalone.ask(assignment=world.assignment, actor=ines, at=NOW)
    assert instructor.post(BUTTON, {"standalone": ""}).status_code == 302
    assert "There is no archive of this suite" in instructor.get(PAGE).content.decode()


@pytest.mark.parametrize("role", [Role.TA, None])
def test_nobody_else_gets_the_tests(client, world, stored, ines, roots, role):
    standalone.ask(assignment=world.assignment, actor=ines, at=NOW)
    packed()
    account = make_enrollment(world.course, "tom", role).account if role else world.student.account
    client.force_login(account)
    assert client.post(BUTTON, {"standalone": ""}).status_code == 404
    assert [client.get(each).status_code for each in (PAGE, LIVE, STATE, ARCHIVE)] == [404] * 4
    for act in (
        lambda: standalone.ask(assignment=world.assignment, actor=account, at=NOW),
        lambda: standalone.fetch(assignment=world.assignment, actor=account, target=io.BytesIO(), at=NOW),
    ):
        with pytest.raises(Refused):
            act()
