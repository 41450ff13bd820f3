"""Checking suites before they may grade anybody: asking, answers, trust, uploads, and what an assignment may be opened with."""

import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.urls import reverse

from course_admin.assignments import tasks
from course_admin.assignments.models import CheckState, SuiteVersion
from course_admin.assignments.suites import checks
from course_admin.assignments.suites.versions import register_suite, register_upload
from course_admin.courses.models import AuditEvent, AuditKind, Role
from course_admin.policy import Refused
from grader.errors import SuiteError
from grader.suite.bundle import unpack_check
from grader.transport.archives import FolderArchives
from tests.factories import NOW, make_assignment, make_enrollment, make_user

SUITE = 'title = "Words"\npackage = "words"\nmodules = ["words"]\nreference = "reference"\n'
FILES = {
    "suite.toml": SUITE,
    "test_words.py": "def test_one():\n    assert True\n",
    "mutants/one.mutant": "# caught by test_one\n",
    "reference/words.py": "def count(text):\n    return len(text.split())\n",
}
PASSED = {"suite": "words", "holds": True, "rules": [{"name": "a rule", "holds": True, "findings": [], "summary": ""}]}
FAILED = {**PASSED, "holds": False, "rules": [{"name": "a rule", "holds": False, "findings": ["no"], "summary": ""}]}


@pytest.fixture
def folder(db, settings, tmp_path) -> Path:
    """A suites' folder with one suite."""
    settings.ASSAY_SUITES, settings.ASSAY_ARCHIVES = tmp_path / "suites", tmp_path / "archives"
    write(settings.ASSAY_SUITES / "words", FILES)
    return settings.ASSAY_SUITES


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def zipped(files: dict[str, str]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return data.getvalue()


def answer(version: SuiteVersion, document: object, token: str | None = None) -> bool:
    text = document if isinstance(document, str) else json.dumps(document)
    name = checks.check_name(version)
    return checks.record_check(check=name, token=token or version.check_token, document=text, at=NOW)


def again(version: SuiteVersion) -> SuiteVersion:
    version.refresh_from_db()
    return version


def test_a_new_suite_is_sent_to_be_checked_with_all_that_a_check_needs(
    folder, sent, tmp_path, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        version = register_suite(name="words", at=NOW)
    assert (version.check_state, version.is_publishable) == (CheckState.CHECKING, False)
    (message,) = sent
    assert message.task == checks.CHECK
    assert message.kwargs["token"] == version.check_token
    archive = FolderArchives(tmp_path / "archives").get(message.kwargs["archive_sha256"])
    suite = unpack_check(archive, "words", tmp_path / "unpacked")
    assert suite.digest == version.digest == message.kwargs["suite_digest"]
    assert (suite.reference / "words.py").read_text() == FILES["reference/words.py"]
    assert (suite.folder / "mutants" / "one.mutant").is_file()


@pytest.mark.parametrize(("report", "state"), [(PASSED, CheckState.PASSED), (FAILED, CheckState.FAILED)])
def test_the_answer_is_kept_with_its_report(folder, report, state):
    version = register_suite(name="words", at=NOW)
    assert answer(version, report)
    stored = again(version)
    assert (stored.check_state, stored.check_report, stored.checked_at) == (state, report, NOW)
    assert stored.is_publishable == (state == CheckState.PASSED)


def test_an_answer_counts_once_and_only_with_the_present_token(folder):
    version = register_suite(name="words", at=NOW)
    old = version.check_token
    assert not answer(version, PASSED, token="guessed")
    checks.request_check(version=version, at=NOW)
    assert not answer(version, PASSED, token=old)
    assert again(version).check_state == CheckState.CHECKING
    assert answer(version, FAILED)
    assert not answer(version, PASSED, token=old)
    assert not checks.record_check(check=checks.check_name(version), token="", document=json.dumps(PASSED), at=NOW)
    assert again(version).check_state == CheckState.FAILED


@pytest.mark.parametrize(
    "document",
    ["", "no json", "[]", "{}", {"rules": [], "holds": True}, {**FAILED, "holds": True}, {"rules": [1], "holds": True}],
)
def test_what_is_no_report_is_a_fault_and_never_a_pass(folder, document):
    version = register_suite(name="words", at=NOW)
    assert not answer(version, document)
    stored = again(version)
    assert stored.check_state == CheckState.UNCHECKED
    assert "cannot be used" in stored.check_fault


def test_a_fault_of_ours_leaves_the_suite_unchecked_and_says_why(folder):
    version = register_suite(name="words", at=NOW)
    tasks.check_fault(check=checks.check_name(version), token=version.check_token, sentence="no sandbox")
    stored = again(version)
    assert (stored.check_state, stored.check_fault, stored.check_token) == (CheckState.UNCHECKED, "no sandbox", "")


def test_a_question_that_nobody_can_answer_any_more_is_asked_again(folder):
    version = register_suite(name="words", at=NOW)
    old = version.check_token
    assert checks.resend(at=NOW + timedelta(seconds=checks.CHECK_SECONDS)) == 0
    assert checks.resend(at=NOW + timedelta(seconds=checks.CHECK_SECONDS + 1)) == 1
    assert again(version).check_token != old


def test_other_mutants_are_checked_again_and_the_same_are_not(folder):
    version = register_suite(name="words", at=NOW)
    answer(version, FAILED)
    assert again(register_suite(name="words", at=NOW)).check_state == CheckState.FAILED
    write(folder / "words", {"mutants/two.mutant": "# caught by test_one\n"})
    assert register_suite(name="words", at=NOW).pk == version.pk
    assert again(version).check_state == CheckState.CHECKING


def test_a_suite_without_a_reference_says_that_it_cannot_be_checked(folder):
    text = SUITE.replace('reference = "reference"\n', "")
    write(folder / "words", {"suite.toml": text})
    version = register_suite(name="words", at=NOW)
    assert version.check_state == CheckState.UNCHECKED
    assert "names no reference" in version.check_fault


def test_trust_has_a_reason_a_person_and_an_event(folder):
    ines = make_user("ines", is_superuser=True)
    with pytest.raises(ValueError, match="needs a reason"):
        checks.trust(version=register_suite(name="words", at=NOW), reason=" ", actor=ines, at=NOW)
    version = register_suite(name="words", at=NOW, trusted="same as last year's", actor=ines)
    assert version.is_publishable
    event = AuditEvent.objects.filter(actor=ines).get()
    assert (event.kind, event.course, event.actor, event.reason) == (AuditKind.SUITE, None, ines, "same as last year's")
    assert not answer(version, PASSED)


@pytest.mark.parametrize("role", [Role.STUDENT, Role.TA, Role.INSTRUCTOR])
@pytest.mark.parametrize("for_course", [True, False])
def test_who_leads_a_course_lets_a_suite_grade_unchecked_for_it_and_nobody_else(world, folder, role, for_course):
    actor = make_enrollment(world.course, "lea", role).account
    version = register_suite(name="words", at=NOW)
    said = {"version": version, "reason": "ours of last year", "actor": actor, "at": NOW}
    if role == Role.INSTRUCTOR and for_course:
        checks.trust(**said, course=world.course)
        assert again(version).trusted_by == actor
        return
    with pytest.raises(Refused, match="may let a suite grade"):
        checks.trust(**said, course=world.course if for_course else None)
    assert again(version).check_state == CheckState.CHECKING
    assert not AuditEvent.objects.filter(actor=actor).exists()


def test_the_command_says_what_is_known_about_the_suite(folder, capsys):
    call_command("add_suite", "words")
    assert "is registered: being checked." in capsys.readouterr().out
    call_command("add_suite", "words", trusted="last year's")
    assert "is registered: trusted." in capsys.readouterr().out
    with pytest.raises(CommandError):
        call_command("add_suite", "nothing")


def test_an_assignment_opens_only_with_a_suite_that_passed_or_is_trusted(world, folder):
    version = register_suite(name="words", at=NOW)
    world.assignment.suite = version
    with pytest.raises(ValidationError, match="is being checked: only a suite that passed"):
        world.assignment.full_clean()
    draft = make_assignment(world.course, "m09", is_draft=True, suite=version, repository_pattern="")
    draft.full_clean()
    answer(version, PASSED)
    world.assignment.suite = again(version)
    world.assignment.full_clean()


# --- uploads ---


def in_folder(files: dict[str, str], name: str = "words") -> dict[str, str]:
    return {f"{name}/{path}": text for path, text in files.items()}


def test_an_upload_becomes_the_same_version_as_the_folder(folder):
    assert register_upload(data=zipped(in_folder(FILES)), at=NOW) == register_suite(name="words", at=NOW)


BAD_UPLOADS = {
    "not an archive": b"words",
    "no folder": zipped(FILES),
    "two folders": zipped({**in_folder(FILES), **in_folder(FILES, "other")}),
    "a reference elsewhere": zipped(in_folder({**FILES, "suite.toml": SUITE.replace('"reference"', '"../../../etc"')})),
    "an absolute reference": zipped(in_folder({**FILES, "suite.toml": SUITE.replace('"reference"', '"/etc"')})),
    "a file outside": zipped({**in_folder(FILES), "../words.py": ""}),
    "a broken manifest": zipped(in_folder({**FILES, "suite.toml": "title ="})),
}


@pytest.mark.medium
@pytest.mark.parametrize("data", BAD_UPLOADS.values(), ids=BAD_UPLOADS)
def test_what_cannot_be_a_suite_is_refused_and_leaves_nothing(folder, data):
    with pytest.raises(SuiteError):
        register_upload(data=data, at=NOW)
    assert not SuiteVersion.objects.exists()


@pytest.fixture
def ines(client, world):
    account = make_enrollment(world.course, "ines", Role.INSTRUCTOR).account
    client.force_login(account)
    return account


ADD = "admin:assignments_suiteversion_add"


def test_an_instructor_uploads_a_suite_and_reads_its_report(client, folder, ines):
    upload = io.BytesIO(zipped(in_folder(FILES)))
    upload.name = "words.zip"
    assert client.post(reverse(ADD), {"upload": upload}).status_code == 302
    version = SuiteVersion.objects.get(name="words")
    answer(version, FAILED)
    page = client.get(reverse("admin:assignments_suiteversion_change", args=[version.pk])).content.decode()
    assert "a rule: no" in page
    client.post(
        reverse("admin:assignments_suiteversion_changelist"),
        {"action": "check_again", "_selected_action": [version.pk]},
    )
    assert again(version).check_state == CheckState.CHECKING


def test_an_instructor_points_at_a_folder(client, folder, ines):
    assert client.post(reverse(ADD), {"folder": "words"}).status_code == 302
    assert SuiteVersion.objects.get(name="words").check_state == CheckState.CHECKING
    (folder / "words" / "suite.toml").write_text("title =")
    assert "The suite cannot be used" in client.post(reverse(ADD), {"folder": "words"}).content.decode()
    assert "one of the two" in client.post(reverse(ADD), {}).content.decode()
    assert "Select a valid choice" in client.post(reverse(ADD), {"folder": "../words"}).content.decode()


def test_a_worker_elsewhere_gets_the_archive_with_the_token_of_the_check(client, folder):
    version = register_suite(name="words", at=NOW)
    url = reverse("check-archive", args=[checks.check_name(version), version.check_sha256])
    assert client.get(url).status_code == 404
    assert client.get(url, headers={"Authorization": "Bearer guessed"}).status_code == 404
    token = {"Authorization": f"Bearer {version.check_token}"}
    assert client.get(url, headers=token).status_code == 200
    other = reverse("check-archive", args=[checks.check_name(version), version.archive_sha256])
    assert client.get(other, headers=token).status_code == 404
    answer(version, PASSED)
    assert client.get(url, headers=token).status_code == 404
