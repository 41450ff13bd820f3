"""The page of a roster import: first it shows, then it asks, then it does what it showed."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from course_admin.courses.models import Enrollment, Role
from tests.course_admin.courses.roster.files.test_decode import workbook
from tests.course_admin.courses.roster.importing import enrol, on_roster
from tests.factories import make_course, make_enrollment

PLAIN = "student_id,name,email\nU1,Jon,jon@x.edu\n"


@pytest.fixture
def course(db, client):
    """A course whose instructor is logged in."""
    course = make_course()
    client.force_login(make_enrollment(course, "ines", Role.INSTRUCTOR).account)
    return course


def url_of(course) -> str:
    return reverse("roster-import", args=[course.slug])


def upload(client, course, content: str | bytes, name: str = "roster.csv"):
    data = content if isinstance(content, bytes) else content.encode()
    return client.post(url_of(course), {"file": SimpleUploadedFile(name, data)})


def confirm(client, course, page, **fields: str):
    return client.post(url_of(course), {"confirm": "", "digest": page.context["plan"].digest, **fields})


def students(course) -> list[str]:
    return list(Enrollment.objects.students().filter(course=course).order_by("pk").values_list("name", flat=True))


def test_the_page_shows_first_and_imports_on_confirmation(client, course):
    page = upload(client, course, PLAIN)
    assert students(course) == []
    answer = confirm(client, course, page)
    assert answer.status_code == 302
    assert students(course) == ["Jon"]
    assert "1 added, 0 changed." in client.get(answer.url).content.decode()


def test_a_workbook_is_imported_as_a_csv_is(client, course):
    confirm(client, course, upload(client, course, workbook([["Name", "Email"], ["Jon", "jon@x.edu"]]), "roster.xlsx"))
    assert students(course) == ["Jon"]


def test_every_field_that_changes_is_on_the_page_before_and_after(client, course):
    enrol(course, "Jon", student_id="U1", email="old@x.edu")
    text = upload(client, course, PLAIN).content.decode()
    row = re.search(r"<td[^>]*>e-mail address</td>(.*?)</tr>", text, re.DOTALL)
    assert re.findall(r"<bdi>(.*?)</bdi>", row[1]) == ["old@x.edu", "jon@x.edu"]


@pytest.mark.parametrize("content", [b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"", b"%PDF"])
def test_what_cannot_be_read_is_said_beside_the_field(client, course, content):
    page = upload(client, course, content)
    assert page.status_code == 200
    assert page.context["form"].errors["file"]
    assert "plan" not in page.context


@pytest.mark.medium
def test_a_question_is_answered_then_shown_then_done(client, course):
    ann = enrol(course, "Ann Roe", email="ann@x.edu")
    page = upload(client, course, "student_id,name,email\nU1,Ann Roe,ann@y.edu\n")
    assert 'name="confirm"' not in page.content.decode()
    refused = confirm(client, course, page)
    assert "1 question waits for an answer" in refused.content.decode()
    answers = {"answer-line-2": f"is-{ann.pk}"}
    early = confirm(client, course, page, **answers)  # what the answer changes was not shown yet
    assert "has changed since" in early.content.decode()
    shown = client.post(url_of(course), {"answer": "", **answers})
    assert f'value="is-{ann.pk}" checked' in shown.content.decode()
    assert confirm(client, course, shown, **answers).status_code == 302
    assert on_roster(course, "email", "student_id")[1:] == [("ann@y.edu", "U1")]


def test_what_was_not_shown_is_not_done(client, course):
    page = upload(client, course, PLAIN)
    enrol(course, "Other", student_id="U1")
    again = confirm(client, course, page)
    assert "has changed since" in again.content.decode()
    assert students(course) == ["Other"]
    assert confirm(client, course, again, **{"answer-line-2": "skip"}).status_code == 200


def test_columns_that_nobody_knows_are_asked_for_and_then_read(client, course):
    page = upload(client, course, "Wer,Wohin\nJon,jon@x.edu\n")
    text = page.content.decode()
    assert "What do the columns hold?" in text
    assert "jon@x.edu" in text
    told = {"columns": "", "column-0": "name", "column-1": "email"}
    assert confirm(client, course, client.post(url_of(course), told)).status_code == 302
    assert students(course) == ["Jon"]


def test_columns_that_are_known_can_be_said_otherwise(client, course):
    upload(client, course, "name,email,username\nJon,jon@x.edu,jon-l\n")
    told = {"columns": "", "column-0": "name", "column-1": "email", "column-2": "github_login", "column-9": "nonsense"}
    confirm(client, course, client.post(url_of(course), told))
    assert on_roster(course, "github_login")[1:] == [("jon-l",)]


def test_many_that_would_go_take_a_second_tick(client, course):
    for number in range(8):
        enrol(course, f"P{number}", student_id=f"S{number}")
    page = upload(client, course, "student_id,name\nS0,P0\n")
    assert "7 of 8 active students may become inactive" in page.content.decode()
    again = confirm(client, course, page, deactivate_missing="on")
    assert "7 people would become inactive" in again.content.decode()
    assert confirm(client, course, page, deactivate_missing="on", deactivate_many="on").status_code == 302
    assert Enrollment.objects.students().active().count() == 1


@pytest.mark.parametrize("step", ["confirm", "answer", "columns"])
def test_a_step_without_a_file_asks_for_it_again(client, course, step):
    answer = client.post(url_of(course), {step: "", "digest": "x"})
    assert answer.status_code == 302
    assert "choose it again" in client.get(answer.url).content.decode()


@pytest.mark.medium
@pytest.mark.parametrize("role", Role.values)
def test_only_those_who_lead_a_course_import(client, world, role):
    client.force_login(make_enrollment(world.course, "tess", role).account)
    expected = 200 if role in (Role.HEAD_TA, Role.INSTRUCTOR) else 404
    assert client.get(url_of(world.course)).status_code == expected
    assert upload(client, world.course, PLAIN).status_code == expected
    assert client.get(url_of(make_course("other"))).status_code == 404


@pytest.mark.medium
@pytest.mark.parametrize(("role", "left_out"), [(Role.HEAD_TA, 1), (Role.INSTRUCTOR, 0)])
def test_only_an_instructor_appoints_those_who_lead(client, world, role, left_out):
    client.force_login(make_enrollment(world.course, "tess", role).account)
    text = "student_id,name,email,role\nU1,Jon,jon@x.edu,instructor\nU2,Kim,kim@x.edu,ta\n"
    page = upload(client, world.course, text)
    assert len(page.context["plan"].left_out) == left_out
    assert ("Only an instructor appoints" in page.content.decode()) == bool(left_out)
    confirm(client, world.course, page)
    assert Enrollment.objects.filter(role=Role.INSTRUCTOR, name="Jon").exists() == (not left_out)
    assert Enrollment.objects.filter(role=Role.TA, name="Kim").exists()


def test_names_of_a_file_are_text_on_the_page(client, course):
    text = upload(
        client, course, "student_id,name,email\nU1,<script>x</script>,jon@x.edu\nU1,Other,a@x.edu\n"
    ).content.decode()
    assert "<script>x" not in text
    assert "&lt;script&gt;x" in text
