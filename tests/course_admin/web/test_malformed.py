"""What no request may hold gets one sentence: `course_admin/web/malformed.py`; test_hostile_input.py walks all addresses."""

import io
import tarfile

import pytest
from django import forms
from django.contrib.admin.widgets import AdminSplitDateTime
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DataError, IntegrityError
from django.http import HttpResponse
from django.test import Client

from course_admin.assignments.models import Assignment, SuiteVersion
from course_admin.assignments.suites import checks
from course_admin.courses.models import Section
from course_admin.web.malformed import OVERTAKEN, SENTENCE, MalformedRequests
from grader.errors import SuiteError
from grader.suite.manifest import load_suite
from tests.factories import NOW, make_user

DIGITS = "9" * 5000


@pytest.fixture
def root(db) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(make_user("root", is_superuser=True, is_staff=True))
    return client


@pytest.mark.parametrize(
    "url",
    [
        "/?q=%00",
        "/?%00=q",
        "/accounts/login/?next=%00",
        "/nowhere/%00/",
        "/admin/courses/course/?q=a%00b",
        "/admin/?a=%ED%A0%80%00",
    ],
)
def test_a_nul_in_an_address_gets_one_sentence(root, url):
    answer = root.get(url)
    assert answer.status_code == 400
    assert str(SENTENCE) in answer.content.decode()


@pytest.mark.parametrize("field", ["username", "password", "next"])
def test_a_nul_in_the_form_of_the_log_in_is_refused(db, field):
    fields = {"username": "mira", "password": "a long password", "next": "/", field: "a\0b"}
    assert Client(raise_request_exception=False).post("/accounts/login/", fields).status_code in (200, 400)


@pytest.mark.slow
@pytest.mark.parametrize("value", ["a\0b", DIGITS, "1e400", "NaN", "\u00b2\u0663"])
@pytest.mark.parametrize("table", ["section", "enrollment", "student"])
def test_a_picker_with_a_value_that_is_no_key_gets_one_sentence(root, table, value):
    answer = root.post(
        f"/admin/courses/{table}/add/", {"course": value, "name": "x", "account": value, "role": "student"}
    )
    assert answer.status_code in (200, 400)
    assert b"Traceback" not in answer.content


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "1999-12-31", "2101-01-01"])
@pytest.mark.parametrize(
    "field", [forms.DateField(), forms.DateTimeField(), forms.SplitDateTimeField(widget=AdminSplitDateTime())]
)
def test_a_day_that_no_deadline_lies_on_is_refused_beside_its_field(field, day):
    """What is computed from it, a day later or in another zone, would leave the calendar on every page."""
    with pytest.raises(forms.ValidationError) as problem:
        field.clean([day, "23:59:59"] if isinstance(field, forms.MultiValueField) else day)
    assert any("between 2000 and 2100" in each or "valid" in each for each in problem.value.messages)


def test_an_assignment_is_never_due_in_the_year_9999(root, world):
    url = f"/admin/assignments/assignment/{world.assignment.pk}/change/"
    answer = root.post(url, {"due_at": "9999-12-31T23:59:59", "why": "a joke"})
    assert answer.status_code == 200
    assert "Give a date between 2000 and 2100." in answer.content.decode()
    assert Assignment.objects.get().due_at is None


@pytest.mark.parametrize(
    ("problem", "status"),
    [
        (DataError("NUL"), 400),
        (OverflowError("date value out of range"), 400),
        (ValueError("Field 'id' expected a number but got 'x'."), 400),
        (ValueError("a fault of our own"), None),
        (KeyError("a fault of our own"), None),
    ],
)
def test_only_what_the_request_explains_is_its_own_fault(rf, problem, status):
    middleware = MalformedRequests(lambda request: HttpResponse())
    answer = middleware.process_exception(rf.get("/?q=x"), problem)
    assert (answer and answer.status_code) == status
    assert middleware.process_exception(rf.get("/"), problem) is None, "without anything sent the fault is ours"


@pytest.mark.rows
def test_what_somebody_else_stores_between_our_look_and_our_writing_gets_a_sentence(root, world, monkeypatch):
    checked = Section.validate_constraints

    def overtaken(section, *args, **kwargs):
        checked(section, *args, **kwargs)
        Section.objects.create(course=world.course, name="Monday")  # the other's, between our look and our writing

    monkeypatch.setattr(Section, "validate_constraints", overtaken)
    answer = root.post("/admin/courses/section/add/", {"course": world.course.pk, "name": "Monday", "why": "new"})
    assert answer.status_code == 409
    assert str(OVERTAKEN) in answer.content.decode()


def test_a_broken_rule_of_a_table_stays_a_fault_of_ours(rf):
    middleware = MalformedRequests(lambda request: HttpResponse())
    problem = IntegrityError("CHECK constraint failed: points_are_not_negative")
    assert middleware.process_exception(rf.post("/", {"points": "-1"}), problem) is None


MANIFESTS = {
    "nested": f"title = {'[' * 100_000}",
    "a long key": "a." * 100_000 + "b = 1",
    "digits": f"points = {DIGITS}",
    "a NUL": 'title = "a\0b"',
    "no UTF-8": b"title = \xff",
}


@pytest.mark.parametrize("name", MANIFESTS)
def test_a_manifest_that_cannot_be_read_gets_one_sentence(tmp_path, name):
    text = MANIFESTS[name]
    (tmp_path / "suite.toml").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(SuiteError, match=r"suite\.toml: "):
        load_suite(tmp_path)


@pytest.mark.medium
@pytest.mark.parametrize("name", MANIFESTS)
def test_an_uploaded_suite_with_such_a_manifest_is_refused_on_its_page(root, name):
    text = MANIFESTS[name]
    data = text if isinstance(text, bytes) else text.encode()
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        entry = tarfile.TarInfo("m01_odd/suite.toml")
        entry.size = len(data)
        archive.addfile(entry, io.BytesIO(data))
    upload = SimpleUploadedFile("suite.tar.gz", packed.getvalue())
    answer = root.post("/admin/assignments/suiteversion/add/", {"upload": upload, "folder": ""})
    assert answer.status_code == 200
    assert not SuiteVersion.objects.filter(name="m01_odd").exists()


def test_a_check_of_5000_digits_is_nobodys(db):
    assert not checks.record_check(check=f"check_{DIGITS}", token="t", document="{}", at=NOW)
