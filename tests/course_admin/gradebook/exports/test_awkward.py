"""A class of awkward people, and what each format makes of it, byte by byte: who has no grade is empty there, and never 0.

The rows are what gradebooks really hold: one name twice, no e-mail address, no number, dropped, held, above the maximum, and
names in which a spreadsheet would see a formula.
"""

import unicodedata
from decimal import Decimal

import pytest

from course_admin.assignments.models import Assignment
from course_admin.courses.models import Course, Enrollment, OtherEmail, Role
from course_admin.gradebook.exports.export import CannotExport
from course_admin.gradebook.models import Override
from tests.course_admin.gradebook.exports.export_world import csv_file, exported, prepared
from tests.course_admin.gradebook.exports.lms_readers import moodle_worksheet, plain, rows_as_php_reads, rows_of
from tests.factories import NOW, make_assignment, make_user

#: Name, student number, e-mail address, points; None: no grade. In the order of the roster.
PEOPLE = [
    ("=1+1", "U1", "u1@example.edu", "0.015"),
    ("Ada Berg", "U2", "u2@example.edu", "120"),
    ("Ada Berg", "U3", "u3@example.edu", None),
    ('Line\nbreak\t"Tab"', "U4", "u4@example.edu", "0"),
    ("Zoe\u0308 Noël", "U5", "", "99.995"),
    ("علي; حسن, جونيور", "", "u6@example.edu", "12.5"),
]


@pytest.fixture
def course(db):
    course = Course.objects.create(slug="awkward", title="Awkward")
    lab = make_assignment(course, "m01", module=1, title="Lab")
    held = make_assignment(course, "m02", module=2, title="Held", holds_grades=True)
    make_assignment(course, "m03", title="Draft", is_draft=True, suite=None, repository_pattern="")
    by = {"reason": "drawn", "set_by": make_user("giver"), "set_at": NOW}
    for name, number, email, points in PEOPLE:
        person = Enrollment.objects.create(course=course, role=Role.STUDENT, name=name, student_id=number, email=email)
        if points is not None:
            Override.objects.create(student=person, assignment=lab, points=Decimal(points), **by)
        Override.objects.create(student=person, assignment=held, points=Decimal(1), **by)
    gone = Enrollment.objects.create(
        course=course, role=Role.STUDENT, name="Gone", student_id="U9", email="u9@example.edu", is_active=False
    )
    Override.objects.create(student=gone, assignment=lab, points=Decimal(9), **by)
    return course


def test_canvas(course):
    header = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Lab (7)"]
    rows = [
        ["Any", str(10 + n), number, email, "A", "EX" if n == 4 else "3,5"]
        for n, (_, number, email, _) in enumerate(PEOPLE)
    ]
    there = csv_file(header, ["    Points Possible", "", "", "", "", "100,00"], *rows, delimiter=";")
    data = exported(course, "canvas", there, assignments=["m01"]).decode()
    header = ["Student;ID;SIS User ID;SIS Login ID;Section;Lab (7)", "    Points Possible;;;;;100,00"]
    assert data.split("\r\n")[:2] == header
    lines = rows_of(data, ";")[2:]
    assert {line[1]: line[5] for line in lines} == {"10": "0,02", "11": "120", "13": "0", "14": "EX", "15": "12,5"}


def test_moodle_csv_and_xml(course):
    data = exported(course, "moodle", decimal_mark=",", assignments=["m01"])
    _, *lines = rows_of(data.decode(), ";")
    found = {(number, email): grade for number, email, grade, _ in lines}
    assert found == {
        ("U1", "u1@example.edu"): "0,02",
        ("U2", "u2@example.edu"): "120",
        ("U4", "u4@example.edu"): "0",
        ("U5", ""): "100",
    }
    text = exported(course, "moodle-xml", assignments=["m01"]).decode()
    assert text.count("<result>") == 4
    assert "<student>U5</student><score>100</score>" in text
    assert "U3" not in text


def test_where_no_column_of_moodles_has_everybody_one_is_matched_by_and_who_lacks_it_is_left_out(course):
    """Moodle refuses the whole file for one row without what it matches by, whichever of the two is chosen."""
    made = prepared(course, "moodle", assignments=["m01"])
    lines = rows_of(b"".join(made.pieces).decode(), ",")[1:]
    assert all(number for number, *_ in lines)
    assert made.gaps == (
        "1 student without ID number, for which Moodle would refuse the whole file: علي; حسن, جونيور.",
    )
    assert made.remarks[0] == "1 student without Email address: Zoe\u0308 Noël. Match by the other column in Moodle."
    Enrollment.objects.filter(student_id="U3").update(student_id="")
    assert (
        made.gaps[0].replace("ID number", "Email address").replace(PEOPLE[5][0], PEOPLE[4][0])
        == (prepared(course, "moodle", assignments=["m01"]).gaps[0])
    )


@pytest.mark.parametrize(("mark", "written", "is_said"), [(None, "12.5", False), (",", "12,5", True)])
def test_a_worksheet_in_english_has_points_whatever_divides_its_cells(course, mark, written, is_said):
    """Moodle reads a sheet's number as far as it understands it: 12,5 would be 12 there, without a word."""
    row = ["Participant 7", "u6@example.edu", "", "100,00", "-", ""]
    made = prepared(
        course, "moodle-worksheet", csv_file(WORKSHEET, row, delimiter=";"), assignments=["m01"], decimal_mark=mark
    )
    assert rows_of(b"".join(made.pieces).decode(), ";")[1][2] == written
    assert any("which reads 12,5 as 12" in each for each in made.remarks) is is_said


def test_a_grade_that_moodles_worksheet_would_skip_is_named(course):
    row = ["Participant 7", "u2@example.edu", "", "100.00", "-", ""]
    made = prepared(course, "moodle-worksheet", csv_file(WORKSHEET, row), assignments=["m01"])
    assert made.remarks == (
        "1 grade above an assignment's maximum, whose row Moodle leaves out without a word: Ada Berg (Lab).",
    )


def test_blackboard_and_brightspace(course):
    header = ["Last Name", "Username", "Student ID", "Lab [Total Pts: 100 Score] |33"]
    rows = [["x", f"mo{n}", number, "Needs Grading"] for n, (_, number, _, _) in enumerate(PEOPLE)]
    data = exported(course, "blackboard", csv_file(header, *rows), assignments=["m01"])
    assert data == (
        "\ufeff"
        '"Username"\t"Lab [Total Pts: 100 Score] |33"\r\n'
        '"mo0"\t"0.02"\r\n'
        '"mo1"\t"120"\r\n'
        '"mo3"\t"0"\r\n'
        '"mo4"\t"100"\r\n'
    ).encode("utf-16-le")
    header = ["OrgDefinedId", "Lab Points Grade <Numeric MaxPoints:100>", "End-of-Line Indicator"]
    rows = [[f"#{number}", "", "#"] for _, number, _, _ in PEOPLE if number]
    assert exported(course, "brightspace", csv_file(header, *rows), assignments=["m01"]) == (
        b"OrgDefinedId,Lab Points Grade <Numeric MaxPoints:100>,End-of-Line Indicator\r\n"
        b"#U1,0.02,#\r\n#U2,120,#\r\n#U4,0,#\r\n#U5,100,#\r\n"
    )


def test_wide_long_and_gradescope(course):
    wide = plain(exported(course, "wide", decimal_mark=","), ",")
    assert {row["name"]: (row["m01"], row["m02"]) for row in wide if row["name"] != "Ada Berg"} == {
        "=1+1": ("0,02", "1"),
        'Line\nbreak\t"Tab"': ("0", "1"),
        "Zoe\u0308 Noël": ("100", "1"),
        "علي; حسن, جونيور": ("12,5", "1"),
    }
    assert sorted(row["m01"] for row in wide if row["name"] == "Ada Berg") == ["", "120"]
    long = plain(exported(course, "long"))
    assert [row["points"] for row in long if row["student_id"] == "U3" and row["assignment"] == "m01"] == [""]
    assert "U9" not in {row["student_id"] for row in (*wide, *long)}
    header, *lines = rows_of(exported(course, "gradescope").decode(), ",")
    assert "Held" not in header
    assert {line[header.index("SID")]: line[header.index("Lab")] for line in lines} == {
        "U1": "0.02",
        "U2": "120",
        "U3": "",
        "U4": "0",
        "U5": "100",
        "": "12.5",
    }


@pytest.mark.parametrize(
    ("format_", "title"),
    [
        ("moodle", "Lab feedback"),
        ("moodle", "lab  Feedback"),
        ("moodle", "ID number"),
        ("moodle", "Email address"),
        ("gradescope", "Lab - Max Points"),
        ("gradescope", "SID"),
        ("gradescope", "Total Lateness (H:M:S)"),
    ],
)
def test_two_columns_of_one_heading_are_refused(course, format_, title):
    Assignment.objects.filter(slug="m02").update(title=title, holds_grades=False)
    with pytest.raises(CannotExport, match="would be there twice"):
        prepared(course, format_)


@pytest.mark.parametrize("slug", ["email", "name", "student_id", "Section"])
def test_a_short_name_that_is_a_column_of_ours_is_refused(course, slug):
    Assignment.objects.filter(slug="m02").update(slug=slug)
    with pytest.raises(CannotExport, match="would be there twice"):
        prepared(course, "wide")
    assert prepared(course, "long")


WORKSHEET = ["Identifier", "Email address", "Grade", "Maximum Grade", "Last modified (grade)", "Feedback comments"]


@pytest.mark.parametrize("words", ["- good start", "+1", "=right", "@mira see above", "a\n- b", " - good"])
def test_what_a_teacher_wrote_in_the_worksheet_stays_to_the_letter(course, words):
    row = ["Participant 7", "u2@example.edu", "", "100.00", "-", words]
    data = exported(course, "moodle-worksheet", csv_file(WORKSHEET, row), assignments=["m01"])
    assert moodle_worksheet(data, {"7": "-"}) == {"7": ("120", words)}


@pytest.mark.parametrize("words", ['see C:\\, then "D:\\"', "x, y\\", 'a\\"b'])
def test_a_backslash_before_a_quote_hides_no_other_row_from_moodle(course, words):
    """PHP takes such a quote for no end of its cell, and the next student's row for a part of it."""
    rows = [[f"Participant {n}", f"u{n}@example.edu", "", "100.00", "-", ""] for n in (2, 4)]
    header = [*WORKSHEET, "Full name"]
    there = csv_file(header, [*rows[0], words], [*rows[1], "Next"])
    data = exported(course, "moodle-worksheet", there, assignments=["m01"]).decode()
    assert [row[:3] for row in rows_as_php_reads(data)[1:]] == [
        ["Participant 2", "u2@example.edu", "120"],
        ["Participant 4", "u4@example.edu", "0"],
    ]
    rows[0][5] = words
    with pytest.raises(CannotExport, match=r"Feedback comments in line 2 is .*no backslash before a quote"):
        prepared(course, "moodle-worksheet", csv_file(WORKSHEET, *rows), assignments=["m01"])
    Assignment.objects.filter(slug="m01").update(title=words)
    with pytest.raises(CannotExport, match="no backslash before a quote"):
        prepared(course, "moodle", assignments=["m01"])


def test_a_backslash_that_moodle_reads_stays(course):
    row = ["Participant 2", "u2@example.edu", "", "100.00", "-", "C:\\, D:\\ and \\"]
    with pytest.raises(CannotExport, match="no backslash before a quote"):
        prepared(course, "moodle-worksheet", csv_file(WORKSHEET, row), assignments=["m01"])
    row[-1] = "C:\\new, D:\\ ."
    data = exported(course, "moodle-worksheet", csv_file(WORKSHEET, row), assignments=["m01"]).decode()
    assert rows_as_php_reads(data)[1][-1] == row[-1]
    row[-1] = "only \\"
    data = exported(course, "moodle-worksheet", csv_file(WORKSHEET, row), assignments=["m01"]).decode()
    assert rows_as_php_reads(data)[1][-1] == row[-1]


GERMAN = [
    "ID",
    "E-Mail-Adresse",
    "Bewertung",
    "Bestwertung",
    "Zuletzt gea\u0308ndert (Bewertung)",
    "Feedback als Kommentar",
]


def test_a_worksheet_in_german_is_filled_and_keeps_its_columns(course):
    row = ["Teilnehmer/in 7", "u2@example.edu", "", "100,00", "-", "Gut."]
    data = exported(course, "moodle-worksheet", csv_file(GERMAN, row, delimiter=";"), assignments=["m01"])
    assert rows_of(data.decode(), ";") == [GERMAN, ["Teilnehmer/in 7", "u2@example.edu", "120", "100,00", "-", "Gut."]]
    row[3] = "20,00"
    with pytest.raises(CannotExport, match="Line 2 is out of 20,00 in Moodle"):
        prepared(course, "moodle-worksheet", csv_file(GERMAN, row), assignments=["m01"])


def test_a_worksheet_s_column_of_addresses_tells_who_a_row_is_whatever_it_is_called(course):
    header = [name.replace("Email address", "Correo") for name in WORKSHEET]
    rows = [[f"Participant {n}", f"u{n}@example.edu", "", "100", "-", ""] for n in (2, 4)]
    data = exported(course, "moodle-worksheet", csv_file(header, *rows), assignments=["m01"])
    assert [line[:3] for line in rows_of(data.decode(), ",")[1:]] == [
        ["Participant 2", "u2@example.edu", "120"],
        ["Participant 4", "u4@example.edu", "0"],
    ]


def test_a_worksheet_s_column_of_one_address_is_no_identity(course):
    header = ["Identifier", "ID number", "Grade", "Maximum Grade", "Last modified (grade)", "Marker"]
    rows = [[f"Participant {n}", f"U{n}", "", "100", "-", "u2@example.edu"] for n in (2, 4)]
    data = exported(course, "moodle-worksheet", csv_file(header, *rows), assignments=["m01"])
    assert [line[1:3] for line in rows_of(data.decode(), ",")[1:]] == [["U2", "120"], ["U4", "0"]]


@pytest.mark.parametrize("kept", ["Needs Grading", "Needs Grading(5.00)", "In Progress (3)"])
def test_what_blackboard_is_not_done_with_is_no_grade(course, kept):
    Assignment.objects.filter(slug="m02").update(holds_grades=False)
    Override.objects.filter(student__student_id="U2", assignment__slug="m02").delete()
    header = ["Username", "Student ID", "Lab [Total Pts: 100 Score] |33", "Held [Total Pts: 100 Score] |34"]
    data = exported(course, "blackboard", csv_file(header, ["mo2", "U2", "", kept]))
    assert rows_of(data.decode("utf-16"), "\t")[1:] == [["mo2", "120", ""]]


def test_a_worksheet_without_a_maximum_and_moodle_s_other_files_say_out_of_how_many_points(course):
    short = [name for name in WORKSHEET if name != "Maximum Grade"]
    made = prepared(
        course,
        "moodle-worksheet",
        csv_file(short, ["Participant 7", "u2@example.edu", "", "-", ""]),
        assignments=["m01"],
    )
    assert made.remarks[0] == "The sheet does not say out of how many points it is, compare yourself: Lab (100)."
    for name, words in (("moodle", "as many as here: Lab (100)."), ("moodle-xml", "as many points: m01 (100).")):
        assert any(each.endswith(words) for each in prepared(course, name, assignments=["m01"]).remarks), name


def canvas_rows(*rows: list[str]) -> bytes:
    """Return a file of a Canvas that shows neither numbers nor e-mail addresses; each row: ID, log-in."""
    maxima = ["Points Possible", "", "", "", "100"]
    return csv_file(
        ["Student", "ID", "SIS Login ID", "Section", "Lab (7)"], maxima, *(["x", *row, "A", ""] for row in rows)
    )


def test_somebody_is_found_by_canvas_s_id_and_by_the_roster_s_log_in(course):
    Enrollment.objects.filter(student_id="U2").update(canvas_id="4711")
    Enrollment.objects.filter(student_id="U5").update(university_login="Noel7")
    there = canvas_rows(["4711", "ab7"], ["4712", "noel7"], ["4713", "else"])
    lines = exported(course, "canvas", there, assignments=["m01"]).decode().splitlines()
    assert lines[2:] == ["x,4711,ab7,A,120", "x,4712,noel7,A,100"]
    there = csv_file(["Username", "Lab [Total Pts: 100 Score] |33"], ["NOEL7", ""])
    assert (
        exported(course, "blackboard", there, assignments=["m01"]).decode("utf-16").splitlines()[1] == '"NOEL7"\t"100"'
    )


def test_where_canvas_s_id_is_another_s_than_the_log_in_nobody_is_guessed(course):
    """The roster says that Ada is 4711 in Canvas, and her address is the log-in of 4712: one of the two is wrong."""
    Enrollment.objects.filter(student_id="U2").update(canvas_id="4711")
    made = prepared(
        course,
        "canvas",
        canvas_rows(["4711", "ab7"], ["4712", "u2@example.edu"], ["4713", "u1@example.edu"]),
        assignments=["m01"],
    )
    assert any("may have several" in gap and "Ada Berg" in gap for gap in made.gaps)
    assert b"120" not in b"".join(made.pieces)


@pytest.mark.medium
def test_a_file_of_canvas_with_tabs_is_written_as_canvas_reads_it(course):
    there = b"Student\tID\tSIS User ID\tSection\tLab (7)\r\nPoints Possible\t\t\t\t100\r\nx\t1\tU2\tA\t\r\n"
    assert exported(course, "canvas", there, assignments=["m01"]).decode().splitlines()[-1] == "x,1,U2,A,120"


def nobody_is_graded() -> None:
    Override.objects.filter(assignment__slug="m01").delete()


@pytest.mark.parametrize(
    ("format_", "file"),
    [
        ("moodle", None),
        ("moodle-xml", None),
        ("moodle-worksheet", csv_file(WORKSHEET, ["Participant 7", "u2@example.edu", "", "100", "-", ""])),
        (
            "canvas",
            csv_file(
                ["Student", "ID", "SIS User ID", "Section", "Lab (7)"],
                ["    Points Possible", "", "", "", "100"],
                ["x", "1", "U2", "A", ""],
            ),
        ),
        ("blackboard", csv_file(["Username", "Student ID", "Lab [Total Pts: 100 Score] |33"], ["mo", "U2", ""])),
        ("brightspace", csv_file(["OrgDefinedId", "Lab Points Grade", "End-of-Line Indicator"], ["#U2", "", "#"])),
    ],
)
def test_a_file_in_which_nobody_has_a_grade_is_refused(course, format_, file):
    assert prepared(course, format_, file, assignments=["m01"])
    nobody_is_graded()
    with pytest.raises(CannotExport, match="nothing to write"):
        prepared(course, format_, file, assignments=["m01"])


def test_nobody_whom_the_xml_could_name_is_a_refusal_too(course):
    Enrollment.objects.update(student_id="")
    with pytest.raises(CannotExport, match="nothing to write"):
        prepared(course, "moodle-xml", assignments=["m01"])


def test_a_title_is_the_same_however_its_letters_are_composed(course):
    title = "Übung 1: Noël"
    Assignment.objects.filter(slug="m01").update(title=title)
    apart = unicodedata.normalize("NFD", title)
    assert apart != title
    header = ["OrgDefinedId", f"{apart} Points Grade", "End-of-Line Indicator"]
    data = exported(course, "brightspace", csv_file(header, ["#U2", "", "#"]), assignments=["m01"]).decode()
    assert data.startswith(f"OrgDefinedId,{apart} Points Grade,")


def test_commas_in_titles_do_not_hide_the_semicolons_of_a_file(course):
    title = "Lab, with, many, commas, in, its, title"
    Assignment.objects.filter(slug="m01").update(title=title)
    there = f"Student;ID;SIS User ID;Section;{title} (7)\r\nPoints Possible;;;;100,0\r\nx;1;U2;A;\r\n".encode()
    data = exported(course, "canvas", there, assignments=["m01"]).decode()
    assert data.splitlines()[-1] == "x;1;U2;A;120"


def test_somebody_is_found_by_a_further_address_of_theirs(course):
    ada = Enrollment.objects.get(student_id="U2")
    OtherEmail.objects.create(enrollment=ada, address="Ada@private.example")
    header = ["Student", "ID", "SIS Login ID", "Section", "Lab (7)"]
    there = csv_file(header, ["Points Possible", "", "", "", "100"], ["x", "1", "ada@private.example", "A", ""])
    assert exported(course, "canvas", there, assignments=["m01"]).decode().splitlines()[-1].endswith(",A,120")
    both = csv_file(
        header,
        ["Points Possible", "", "", "", "100"],
        ["x", "1", "ada@private.example", "A", ""],
        ["x", "2", "u2@example.edu", "A", ""],
        ["x", "3", "u1@example.edu", "A", ""],
    )
    made = prepared(course, "canvas", both, assignments=["m01"])
    assert any("may have several" in gap and "Ada Berg" in gap for gap in made.gaps)


CANVAS = ["Student", "ID", "SIS User ID", "Section", "Lab (7)", "Quiz (8)"]


@pytest.mark.parametrize(
    "maxima",
    [
        ["    Erreichbare Punkte", "", "", "", "100,00", "(schreibgeschützt)"],
        ["  Points   Possible ", "", "", "", "100.00", "(read only)"],
        ["    Points Possible", "", "", "", "100", " (solo lectura) "],
    ],
)
def test_canvas_s_row_of_maxima_is_known_whatever_it_is_called(course, maxima):
    muted = ["", "", "", "", "Muted", "Manual Posting"]
    made = prepared(
        course, "canvas", csv_file(CANVAS, muted, maxima, ["x", "1", "U2", "A", "", ""]), assignments=["m01"]
    )
    assert made.remarks == ("Canvas lets nobody write to these columns: Quiz (8).",)
    header, second, row = rows_of(b"".join(made.pieces).decode(), ",")
    assert (header[-1], row) == ("Lab (7)", ["x", "1", "U2", "A", "120"])
    assert " ".join(second[0].split()) == "Points Possible"


def test_a_grade_that_the_file_would_take_the_place_of_is_named(course):
    """Nobody can tell from a file whether it is an older one of ours or was made there by hand."""
    rows = [["x", "1", "U2", "A", "A-", ""], ["y", "2", "U4", "A", "0,00", ""], ["z", "3", "U5", "A", "EX", ""]]
    there = csv_file(CANVAS, ["Points Possible", "", "", "", "100", "5"], *rows)
    made = prepared(course, "canvas", there, assignments=["m01"])
    assert made.remarks[-1] == (
        "1 grade of that file is another one here, and is replaced: Ada Berg (Lab: A- there, 120 here)."
    )
    header = ["Username", "Student ID", "Lab [Total Pts: 100 Score] |33"]
    there = csv_file(header, ["b", "U2", "119.99"], ["d", "U4", "Needs Grading(3.00)"], ["e", "U5", "100.00"])
    made = prepared(course, "blackboard", there, assignments=["m01"])
    assert [each for each in made.remarks if "replaced" in each] == [
        "1 grade of that file is another one here, and is replaced: Ada Berg (Lab: 119.99 there, 120 here)."
    ]


def test_a_worksheet_s_locked_grades_are_left_out_by_name(course):
    header = [*WORKSHEET, "Grade can be changed"]
    rows = [[f"Participant {n}", f"u{n}@example.edu", "", "100", "-", "", may] for n, may in ((2, "No"), (4, "Yes"))]
    made = prepared(course, "moodle-worksheet", csv_file(header, *rows), assignments=["m01"])
    assert made.gaps[-1] == "1 student whose grade is locked in Moodle: Ada Berg."
    assert [row[0] for row in rows_of(b"".join(made.pieces).decode(), ",")[1:]] == ["Participant 4"]
