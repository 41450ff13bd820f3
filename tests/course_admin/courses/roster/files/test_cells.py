"""Columns whose header says too little: their cells say what they hold, or what to ask."""

import pytest

from course_admin.courses.roster import read_roster
from tests.course_admin.courses.roster.importing import asked, imported, on_roster, previewed
from tests.factories import make_course


@pytest.fixture
def course(db):
    return make_course()


@pytest.mark.parametrize(
    ("header", "cells", "meaning"),
    [
        ("Situación", ("activo", "baja"), "status"),
        ("Bemerkung", ("exmatrikuliert", "Tutor gesucht"), "status"),
        ("Notes", ("", "Withdrew"), "status"),
        ("Tipo", ("estudiante", "teacher"), "role"),
        ("Wer", ("Student", "TA"), "role"),
        ("Dein GitHub?", ("annroe", "https://github.com/bob"), "github_login"),
        ("Personal Email", ("ann@home.org", "bob@home.org"), "email"),
        ("E-mail 2 Address", ("ann@home.org", ""), "email"),
    ],
)
def test_a_column_that_nobody_knows_is_asked_about_where_its_cells_say_something(course, header, cells, meaning):
    text = f"Name,Email,{header}\nAnn Roe,a@x.edu,{cells[0]}\nBob Poe,b@x.edu,{cells[1]}\n"
    key = "column-2"
    assert asked(previewed(course, text)) == [(key, [meaning, "nothing"])]
    assert previewed(course, text, {key: "nothing"}).open_questions == []


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("Consent", ("yes", "no")),
        ("Order", ("cancelled", "removed")),
        ("Advisor Email", ("dean@x.edu", "dean@x.edu")),
        ("GitHub team", ("red", "blue")),
        ("Comment", ("mail me@x.edu please", "")),
        ("Job", ("student of law", "none")),
    ],
)
def test_a_column_of_something_else_is_left_unread(course, header, cells):
    text = f"Name,Email,{header}\nAnn Roe,a@x.edu,{cells[0]}\nBob Poe,b@x.edu,{cells[1]}\n"
    assert previewed(course, text).questions == []


def test_what_somebody_says_of_a_column_counts(course):
    text = (
        "Name,Email,Bemerkung,Wer,Dein GitHub?,Private Mail\n"
        "Ann Roe,a@x.edu,,TA,annroe,ann@home.org\n"
        "Bob Poe,b@x.edu,abgemeldet,Student,bobpoe,bob@home.org\n"
    )
    held = ("status", "role", "github_login", "email")
    imported(course, text, {f"column-{index}": meaning for index, meaning in enumerate(held, 2)})
    fields = ("name", "role", "github_login", "other_emails__address")
    assert on_roster(course, *fields) == [("Ann Roe", "ta", "annroe", "ann@home.org")]


def test_a_column_of_github_ids_that_holds_logins_holds_logins():
    file = read_roster(b"Name,GitHub ID\nAnn Roe,annroe\nBob Poe,bob77\n")
    assert [each.fields.get("github_login") for each in file.entries] == ["annroe", "bob77"]


def test_both_last_names_are_the_name():
    file = read_roster("Apellido paterno,Apellido materno,Nombre(s),Matrícula\nRoe,Poe,Ann,U1\nDoe,,Bo,U2\n".encode())
    assert [(each.name, each.fields["student_id"]) for each in file.entries] == [
        ("Ann Roe Poe", "U1"),
        ("Bo Doe", "U2"),
    ]


def test_two_columns_of_one_name_are_asked_about_one_by_one(course):
    text = "Name,Email,Notes,Notes\nAnn Roe,a@x.edu,withdrew,ann@home.org\nBob Poe,b@x.edu,,bob@home.org\n"
    plan = previewed(course, text, {"column-2": "status", "column-3": "nothing"})
    assert plan.open_questions == []
    assert [each.name for each in plan.added] == ["Bob Poe"]
