"""Roster import: every format, every error by line, a preview that stores nothing, and twice is as good as once."""

import contextlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from course_admin.courses import roster
from course_admin.courses.csv_files import FileUnreadable
from course_admin.courses.models import AuditEvent, Enrollment, Role, Section
from course_admin.courses.roster_files import read_roster
from tests.factories import NOW, make_course, make_enrollment, make_user

PLAIN = (
    "student_id,name,email,github_login,github_id,section,role\r\nU1,Jon Lindqvist,jon@example.edu,jon-l,77,Tue,\r\n"
)
GRADESCOPE = "First Name,Last Name,Email,SID,Role,Section\r\nJon,Lindqvist,jon@example.edu,U1,Reader,Tue\r\n"
CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,Module 03 (991204)\r\n    Points Possible,,,,,20\r\n"
    '"Lindqvist, Jon",48812,U1,jl1180,Tue,17.5\r\n"Student, Test",9,,,Tue,\r\n'
)
CLASSROOM = (
    '"identifier","github_username","github_id","name"\n"U1","jon-l","77","Jon Lindqvist"\n"Roe, Ann (ar1)","","",""\n'
)


@pytest.mark.parametrize(
    ("text", "kind", "fields"),
    [
        (
            PLAIN,
            "plain CSV",
            {
                "student_id": "U1",
                "name": "Jon Lindqvist",
                "email": "jon@example.edu",
                "github_login": "jon-l",
                "github_id": "77",
                "section": "Tue",
            },
        ),
        (
            GRADESCOPE,
            "Gradescope",
            {
                "student_id": "U1",
                "name": "Jon Lindqvist",
                "email": "jon@example.edu",
                "section": "Tue",
                "role": "ta",
            },
        ),
        (CANVAS, "Canvas", {"student_id": "U1", "name": "Jon Lindqvist", "section": "Tue"}),
        (CLASSROOM, "GitHub Classroom", {"name": "Jon Lindqvist", "github_login": "jon-l", "github_id": "77"}),
    ],
)
def test_each_format_is_known_by_its_header(text, kind, fields):
    for data in (text.encode(), text.encode("utf-8-sig"), text.encode("utf-16"), text.replace(",", ",").encode()):
        file = read_roster(data)
        assert (file.kind, file.problems) == (kind, [])
        assert file.entries[0].fields == fields


def test_semicolons_tabs_and_escaped_formulas_are_read():
    for mark in ";\t":
        (entry,) = read_roster(f"name{mark}email{mark}student_id\n'=Jon{mark}j@example.edu{mark}U1".encode()).entries
        assert entry.fields["name"] == "=Jon"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "names no columns"),
        (b"a,b\n1,2", "names no columns"),
        (b"name,email,student_id,Name\n", "column name is there twice"),
        (b"name,email,student_id\n\xff", "Byte 22 is not UTF-8"),
        (b"name,email,student_id\nJ\0n,a,b", "NUL"),
        (b'name,email,student_id\n"Jon,a,b', "Line 2 is not CSV"),
        (b"x" * 5_000_001, "at most 5000000"),
        (b"name,email,student_id\n" + b"a,b,c\n" * 20_001, "more than 20000 rows"),
    ],
)
def test_what_is_no_roster_is_refused_with_a_reason(data, words):
    with pytest.raises(FileUnreadable, match=words):
        read_roster(data)


@given(
    st.binary(max_size=300)
    | st.text(max_size=300).map(lambda text: f"name,email,student_id\n{text}".encode("utf-8", "replace"))
)
def test_any_file_is_read_or_refused(data):
    with contextlib.suppress(FileUnreadable):
        file = read_roster(data)
        assert all(entry.line > 1 for entry in file.entries)
        assert all(problem.sentence.endswith(".") for problem in file.problems)


def planned(world, text: str) -> roster.Plan:
    return roster.plan(world.course, read_roster(text.encode()))


def imported(world, text: str, **options) -> roster.Plan:
    plan = planned(world, text)
    options = {"deactivate_missing": False, **options}
    roster.apply(course=world.course, planned=plan, actor=make_user(is_superuser=True), at=NOW, **options)
    return plan


def test_a_preview_stores_nothing_and_an_import_twice_is_one(world):
    assert len(planned(world, PLAIN).added) == 1
    assert Enrollment.objects.count() == 1
    imported(world, PLAIN)
    jon = Enrollment.objects.get(student_id="U1")
    assert (jon.name, jon.github_id, jon.section.name, jon.role) == ("Jon Lindqvist", 77, "Tue", Role.STUDENT)
    again = imported(world, PLAIN)
    assert (again.added, again.changed, again.unchanged) == ([], [], 1)
    assert (Enrollment.objects.count(), Section.objects.count()) == (2, 1)


def test_files_of_different_makers_meet_in_one_person(world):
    for text in (GRADESCOPE, CANVAS, CLASSROOM, PLAIN):
        imported(world, text)
    jon = Enrollment.objects.get(name="Jon Lindqvist")
    assert (jon.student_id, jon.email, jon.github_login, jon.role) == ("U1", "jon@example.edu", "jon-l", Role.TA)
    assert set(Enrollment.objects.values_list("name", flat=True)) == {"Mira Okafor", "Jon Lindqvist", "Roe, Ann (ar1)"}
    for text in (GRADESCOPE, CANVAS, CLASSROOM, PLAIN):
        assert not planned(world, text).changed


def test_an_empty_cell_erases_nothing(world):
    imported(world, "student_id,name,email,github_login\n,Mira O.,mira-okafor@example.edu,\n")
    world.student.refresh_from_db()
    assert (world.student.name, world.student.github_login) == ("Mira O.", "mira-okafor")


def test_who_is_missing_stays_unless_told_otherwise_and_comes_back_by_a_file(world):
    plan = imported(world, PLAIN)
    assert plan.missing == [world.student]
    world.student.refresh_from_db()
    assert world.student.is_active
    imported(world, PLAIN, deactivate_missing=True)
    world.student.refresh_from_db()
    assert not world.student.is_active
    assert AuditEvent.objects.filter(reason="roster import: not in the file").get().after == {"is_active": False}
    imported(world, "student_id,name,email\n,Mira Okafor,MIRA-okafor@example.edu\n")
    world.student.refresh_from_db()
    assert world.student.is_active


def test_errors_are_named_by_line_and_one_error_stops_everything(world):
    make_enrollment(world.course, "ann", student_id="U9")
    text = (
        "student_id,name,email,github_login,role\n"
        "U1,Jon,jon@example.edu,,\n"
        "U2,Jon,jon@example.edu,,\n"  # line 3: in line 2 already
        "U3,Kim,no address,,\n"  # line 4: no e-mail
        "U9,Ann,mira-okafor@example.edu,,\n"  # line 5: two people
        "U4,Lee,lee@example.edu,-lee-,\n"  # line 6: no login
        "U5,Moe,moe@example.edu,,king\n"  # line 7: no role
        ",Nix,,,\n"  # line 8: nobody
        "U6,Ola\n"  # line 9: too short
    )
    plan = planned(world, text)
    assert sorted((problem.line, problem.column) for problem in plan.problems) == [
        (3, ""), (4, "email"), (5, ""), (6, "github_login"), (7, "role"), (8, ""), (9, ""),
    ]  # fmt: skip
    with pytest.raises(roster.RosterRefused):
        roster.apply(course=world.course, planned=plan, deactivate_missing=True, actor=make_user(), at=NOW)
    assert Enrollment.objects.count() == 2


def test_a_preview_of_a_large_roster_takes_one_query(world, django_assert_num_queries):
    lines = "".join(f"U{number},S{number},s{number}@example.edu\n" for number in range(300))
    file = read_roster(f"student_id,name,email\n{lines}".encode())
    with django_assert_num_queries(1):
        assert len(roster.plan(world.course, file).added) == 300


def url_of(world) -> str:
    return reverse("roster-import", args=[world.course.slug])


def uploaded(client, world, text: str):
    return client.post(url_of(world), {"file": SimpleUploadedFile("roster.csv", text.encode())})


def test_the_page_shows_first_and_imports_on_confirmation(client, world):
    client.force_login(make_enrollment(world.course, "ines", Role.INSTRUCTOR).account)
    assert "names no columns" in uploaded(client, world, "a,b\n").content.decode()
    page = uploaded(client, world, PLAIN)
    assert not Enrollment.objects.filter(student_id="U1").exists()
    data = {"confirm": "", "digest": page.context["plan"].digest}
    assert client.post(url_of(world), data).status_code == 302
    assert Enrollment.objects.filter(student_id="U1").exists()


def test_what_was_not_shown_is_not_done(client, world):
    client.force_login(make_enrollment(world.course, "ines", Role.INSTRUCTOR).account)
    digest = uploaded(client, world, PLAIN).context["plan"].digest
    make_enrollment(world.course, "other", student_id="U1")
    page = client.post(url_of(world), {"confirm": "", "digest": digest})
    assert "has changed since" in page.content.decode()
    assert not Enrollment.objects.filter(name="Jon Lindqvist").exists()


@pytest.mark.parametrize("role", Role.values)
def test_only_those_who_lead_a_course_import(client, world, role):
    client.force_login(make_enrollment(world.course, "tess", role).account)
    expected = 200 if role in (Role.HEAD_TA, Role.INSTRUCTOR) else 404
    assert client.get(url_of(world)).status_code == expected
    assert uploaded(client, world, PLAIN).status_code == expected
    assert client.get(reverse("roster-import", args=[make_course("other").slug])).status_code == 404


@pytest.mark.parametrize(("role", "problems"), [(Role.HEAD_TA, 1), (Role.INSTRUCTOR, 0)])
def test_only_an_instructor_appoints_those_who_lead(client, world, role, problems):
    client.force_login(make_enrollment(world.course, "tess", role).account)
    text = "student_id,name,email,role\nU1,Jon,jon@example.edu,instructor\nU2,Kim,kim@example.edu,ta\n"
    page = uploaded(client, world, text)
    assert len(page.context["plan"].problems) == problems
    client.post(url_of(world), {"confirm": "", "digest": page.context["plan"].digest})
    assert Enrollment.objects.filter(role=Role.INSTRUCTOR, name="Jon").exists() == (problems == 0)
