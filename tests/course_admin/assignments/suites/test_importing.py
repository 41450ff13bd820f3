"""Bringing tests in the browser: what is shown of a source, what is kept of it, and who may."""

import html
import io
import re
import zipfile
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from course_admin.assignments.models import CheckState, SuiteVersion
from course_admin.courses.models import Role
from grader.suite.bundle import unpack_check
from grader.transport.archives import FolderArchives
from tests.factories import make_course, make_enrollment
from tests.grader.suite.importing.samples import folder_as_zip

SAMPLE = Path(__file__).resolve().parents[3] / "grader" / "suite" / "importing" / "gradescope_sample"


@pytest.fixture
def ines(client, world, settings, tmp_path):
    settings.ASSAY_ARCHIVES = tmp_path / "archives"
    account = make_enrollment(world.course, "ines", Role.INSTRUCTOR).account
    client.force_login(account)
    return account


@pytest.fixture
def url(world) -> str:
    return reverse("import-suite", args=[world.course.slug])


def sample(kind: str = "autograder", name: str = "Week 3.zip") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, folder_as_zip(SAMPLE / kind))


def shown(client, url: str, **files: SimpleUploadedFile) -> str:
    return html.unescape(client.post(url, files).content.decode())


def token(page: str) -> str:
    (found,) = re.findall(r'name="made" value="([^"]+)"', page)
    return found


def test_an_instructor_sees_the_notes_and_keeps_a_draft(client, ines, world, url, tmp_path):
    page = shown(client, url, source=sample(), reference=sample("right"))
    assert "What needs a person" in page
    assert "Nothing: the suite can be checked as it is." in page
    assert "test_books.py" in page
    assert not SuiteVersion.objects.exclude(pk=world.assignment.suite_id).exists()
    answer = client.post(url, {"made": token(page), "keep": ""})
    version = SuiteVersion.objects.get(name="week_3")
    assert answer.url == reverse("admin:assignments_suiteversion_change", args=[version.pk])
    assert (version.name, version.check_state) == ("week_3", CheckState.CHECKING)
    suite = unpack_check(FolderArchives(tmp_path / "archives").get(version.check_sha256), "week_3", tmp_path / "there")
    assert suite.packages == ("library", "shelves")
    assert suite.reference is not None
    assert (suite.reference / "shelves.py").read_bytes() == (SAMPLE / "right" / "shelves.py").read_bytes()


def test_without_a_solution_it_is_kept_unchecked_and_says_why(client, ines, url):
    page = shown(client, url, source=sample(), name="library")
    assert "It has no right solution yet" in page
    answer = client.post(url, {"made": token(page), "keep": ""}, follow=True)
    version = SuiteVersion.objects.get(name="library")
    assert (version.check_state, version.is_publishable) == (CheckState.UNCHECKED, False)
    assert "names no reference implementation" in answer.content.decode()


@pytest.mark.medium
def test_it_can_be_taken_home_and_uploaded_again(client, ines, world, url):
    page = shown(client, url, source=sample(), reference=sample("right"))
    answer = client.post(url, {"made": token(page), "download": ""})
    assert answer.headers["Content-Disposition"] == 'attachment; filename="week_3.zip"'
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        names = archive.namelist()
    assert {"week_3/suite.toml", "week_3/NOTES.md", "week_3/reference/library.py"} <= {*names}
    assert not SuiteVersion.objects.exclude(pk=world.assignment.suite_id).exists()
    upload = SimpleUploadedFile("week_3.zip", answer.content)
    assert client.post(reverse("admin:assignments_suiteversion_add"), {"upload": upload}).status_code == 302
    assert SuiteVersion.objects.get(name="week_3").check_state == CheckState.CHECKING


@pytest.mark.medium
@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"source": SimpleUploadedFile("tests.zip", b"PK no archive")}, "No suite can be made of it: "),
        ({"source": SimpleUploadedFile("a.py", b"def test_it(:\n")}, "No suite can be made of it: "),
        ({"source": SimpleUploadedFile("a.ipynb", b"{}")}, "No suite can be made of it: "),
        ({"source": SimpleUploadedFile("../../../etc/x\0.zip", b"PK")}, ""),
        ({"source": sample(), "name": "Week 3"}, "A suite's name has small letters, digits and _"),
        ({"source": sample(), "reference": SimpleUploadedFile("x.py", b"x = 1\n")}, "The solution has no library.py"),
        ({"source": sample(), "reference": SimpleUploadedFile("x.zip", b"no")}, "No suite can be made of it: "),
        ({}, "This field is required."),
    ],
)
def test_what_cannot_be_read_gets_one_sentence_and_changes_nothing(client, ines, world, url, files, sentence, tmp_path):
    for file in files.values():
        if not isinstance(file, str):
            file.seek(0)
    page = shown(client, url, **files)
    assert sentence in page
    assert "Traceback" not in page
    assert "/tmp/" not in page
    assert 'name="made"' not in page
    assert not SuiteVersion.objects.exclude(pk=world.assignment.suite_id).exists()
    assert not (tmp_path / "archives").exists()


@pytest.mark.medium
def test_what_was_shown_to_one_is_nobody_elses_and_of_no_other_course(client, ines, world, url):
    page = shown(client, url, source=sample())
    other = make_course(slug="other")
    make_enrollment(other, "ines2", Role.INSTRUCTOR)
    client.force_login(make_enrollment(world.course, "ida", Role.INSTRUCTOR).account)
    answer = client.post(url, {"made": token(page), "download": ""}, follow=True)
    assert "is not kept any more" in answer.content.decode()
    client.force_login(ines)
    assert client.post(reverse("import-suite", args=["other"]), {"made": token(page), "keep": ""}).status_code == 404
    assert "is not kept any more" in client.post(url, {"made": "guessed", "keep": ""}, follow=True).content.decode()
    assert not SuiteVersion.objects.exclude(pk=world.assignment.suite_id).exists()


@pytest.mark.parametrize("role", [Role.STUDENT, Role.TA])
def test_others_of_the_course_do_not_find_the_page(client, world, url, role):
    client.force_login(make_enrollment(world.course, "someone", role).account)
    assert client.get(url).status_code == 404
