"""The button that makes an autograder which runs in Gradescope: whose it is, what it holds, and what it says if it cannot."""

import io
import json
import zipfile

import pytest

from course_admin.assignments.models import SuiteVersion
from course_admin.courses.models import Role
from grader.suite.bundle import pack_suite
from grader.transport.archives import FolderArchives
from tests.factories import make_enrollment
from tests.grader.engines import make_suite

ADDRESS = "/courses/tinytorch/assignments/m01/gradescope/"


@pytest.fixture
def stored(world, settings, tmp_path):
    """Give the assignment a suite whose archive is kept."""
    settings.ASSAY_ARCHIVES = tmp_path / "archives"
    suite = make_suite(tmp_path / "suite")
    sha256 = FolderArchives(settings.ASSAY_ARCHIVES).put(pack_suite(suite))
    version = world.assignment.suite
    SuiteVersion.objects.filter(pk=version.pk).update(name=suite.name, digest=suite.digest, archive_sha256=sha256)
    return suite


@pytest.fixture
def instructor(client, world):
    client.force_login(make_enrollment(world.course, "ines", Role.INSTRUCTOR).account)
    return client


@pytest.mark.bubblewrap  # whose file systems are packed
@pytest.mark.slow
def test_the_archive_holds_the_suite_and_draws_alike_each_time(instructor, stored):
    told = []
    for _ in range(2):
        answer = instructor.post(ADDRESS, {"standalone": ""})
        assert answer.status_code == 200
        with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as archive:
            assert {"setup.sh", "run_autograder", "suite.tar", "roots.tar.gz"} <= set(archive.namelist())
            told.append(json.loads(archive.read("autograder.json")))
    assert told[0] == told[1]
    assert (told[0]["suite"], told[0]["digest"]) == (stored.name, stored.digest)


def test_without_file_systems_of_boxes_it_says_how_to_get_it(instructor, stored, tmp_path, monkeypatch):
    monkeypatch.setenv("ASSAY_ROOTS", str(tmp_path / "none"))
    answer = instructor.post(ADDRESS, {"standalone": ""}, follow=True)
    assert "python -m grader bundle gradescope" in answer.content.decode()


def test_a_suite_whose_archive_is_gone_is_a_sentence(instructor, world, settings, tmp_path):
    settings.ASSAY_ARCHIVES = tmp_path / "archives"
    answer = instructor.post(ADDRESS, {"standalone": ""}, follow=True)
    assert "This server cannot make the archive" in answer.content.decode()


@pytest.mark.parametrize("role", [Role.TA, None])
def test_nobody_else_gets_the_tests(client, world, stored, role):
    account = make_enrollment(world.course, "tom", role).account if role else world.student.account
    client.force_login(account)
    assert client.post(ADDRESS, {"standalone": ""}).status_code == 404
