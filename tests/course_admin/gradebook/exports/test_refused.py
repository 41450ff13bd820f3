"""What an export refuses, in one sentence and before anything is written; and what it says of those whom it leaves out."""

from decimal import Decimal

import pytest

from course_admin.courses.models import Enrollment
from course_admin.gradebook.exports.export import CannotExport
from course_admin.gradebook.exports.registry import FORMATS
from course_admin.gradebook.models import Override
from tests.course_admin.gradebook.exports.export_world import csv_file, exported, prepared
from tests.course_admin.gradebook.exports.lms_readers import Canvas, rows_of
from tests.factories import NOW, make_assignment, make_enrollment, make_user

CANVAS = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
MAXIMA = ["    Points Possible", "", "", "", ""]
MIRA = ["Okafor, Mira", "48812", "U0044120", "mira-okafor@example.edu", "A"]


@pytest.fixture
def course(world):
    """Return a course whose Mira has 87.5 of 100 in `m01`, called Tensor."""
    give(world.student, world.assignment, "87.5")
    return world.course


def give(student, assignment, points: str) -> None:
    by = {"reason": "x", "set_by": make_user(), "set_at": NOW}
    Override.objects.create(student=student, assignment=assignment, points=Decimal(points), **by)


def canvas(
    *rows: list[str], header: tuple[str, ...] = ("Tensor (991204)",), maxima: tuple[str, ...] = ("100.00",)
) -> bytes:
    return csv_file([*CANVAS, *header], [*MAXIMA, *maxima], *(rows or ([*MIRA, *("" for _ in header)],)))


def test_canvas_gets_back_its_own_file_with_our_points(course):
    lines = exported(course, "canvas", canvas()).decode().split("\r\n")
    assert lines == [
        "Student,ID,SIS User ID,SIS Login ID,Section,Tensor (991204)",
        "    Points Possible,,,,,100.00",
        '"Okafor, Mira",48812,U0044120,mira-okafor@example.edu,A,87.5',
        "",
    ]


BAD_CANVAS = [
    (
        csv_file(["Student", "ID", "Root Account"]),
        "This is no file of Canvas, or one in another language: its first line has no column Section.",
    ),
    (b"", "This is no file of Canvas, or one in another language: its first line has no column ID, Section."),
    (b"PK\x03\x04\xff\xff", "Byte 4 is not UTF-8; save the file as UTF-8."),
    (canvas(header=("Lexers (12)",)), "None of the assignments of TinyTorch is in this file"),
    (
        canvas(["Somebody, Else", "4", "U9", "else@example.edu", "B", ""]),
        "None of the 1 student here is in this file of Canvas",
    ),
    (canvas(maxima=("20.00",)), "Tensor is out of 20 points in Canvas and out of 100 here: make them the same"),
    (canvas(maxima=("(read only)",)), "None of the assignments of TinyTorch is in this file"),
    (canvas([*MIRA, ""], [*MIRA, "3"]), "48812 stands in the column ID twice, in lines 3 and 4."),
    (
        canvas(header=("Tensor (1)", "tensor  (2)"), maxima=("100", "100")),
        "columns that could be Tensor: Tensor (1), tensor  (2)",
    ),
    (canvas(header=("Tensor (1)", "Tensor (1)"), maxima=("100", "100")), "The column Tensor (1) is there twice"),
    (canvas([*MIRA]), "Line 3 has 5 cells, and the header 6."),
    (csv_file([*CANVAS, "Tensor (1)"], [*MIRA, ""]), "The file has no row Points Possible"),
    (
        canvas(["Okafor, Mira", "48812", "=1+1", "mira-okafor@example.edu", "A", ""]),
        "The SIS User ID in line 3 is '=1+1'",
    ),
    (
        canvas([MIRA[0], "1.23E+15", *MIRA[2:], ""]),
        "The ID in line 3 is 1.23E+15: a spreadsheet has cut off a long number",
    ),
    (
        csv_file(["ID", "Student", "SIS User ID", "Section", "Tensor (1)"], ["48812", "x", "U0044120", "A", ""]),
        "Canvas reads only files whose columns begin with Student and ID",
    ),
]


@pytest.mark.parametrize(("uploaded", "sentence"), BAD_CANVAS, ids=[sentence[:40] for _, sentence in BAD_CANVAS])
def test_a_file_that_does_not_fit_gets_one_sentence(course, uploaded, sentence):
    with pytest.raises(CannotExport) as refusal:
        prepared(course, "canvas", uploaded)
    assert sentence in str(refusal.value)
    assert "\n" not in str(refusal.value)


BAD_OTHERS = [
    (
        "blackboard",
        csv_file(["Username", "Tensor"], ["mo", ""]),
        "None of the assignments of TinyTorch is in this file",
    ),
    ("blackboard", csv_file(["Student ID", "Tensor |3"]), "no column Username"),
    (
        "blackboard",
        csv_file(["Username", "Tensor [Total Pts: up to 100 Score] |3"], ["mo", ""]),
        "None of the assignments",
    ),
    (
        "blackboard",
        csv_file(["Username", "Tensor [Total Pts: 20 Score] |3"], ["mo", ""]),
        "out of 20 points in Blackboard",
    ),
    ("brightspace", csv_file(["OrgDefinedId", "Tensor Points Grade"], ["#1", ""]), "no column End-of-Line Indicator"),
    (
        "brightspace",
        csv_file(["Email", "Tensor Points Grade", "End-of-Line Indicator"]),
        "neither OrgDefinedId nor Username",
    ),
    (
        "moodle-worksheet",
        csv_file(["Identificador", "Calificación"]),
        "no column Identifier, Grade, Last modified (grade)",
    ),
    (
        "moodle-worksheet",
        csv_file(
            ["Identifier", "Email address", "Grade", "Maximum Grade", "Last modified (grade)"],
            ["Participant 7", "mira-okafor@example.edu", "", "20.00", "-"],
        ),
        "Line 2 is out of 20.00 in Moodle, and Tensor out of 100 here",
    ),
    ("canvas", None, "is made from that system's own file: add it. In Canvas: Grades, Export"),
    ("wide", canvas(), "is made from no file"),
]


@pytest.mark.parametrize(("name", "uploaded", "sentence"), BAD_OTHERS)
def test_so_does_a_file_of_any_other_system(course, name, uploaded, sentence):
    with pytest.raises(CannotExport) as refusal:
        prepared(course, name, uploaded)
    assert sentence in str(refusal.value)


def blackboard(kind: str) -> bytes:
    return csv_file(["Username", f"Tensor [Total Pts: 100{kind}] |3"], ["mira-okafor@example.edu", ""])


@pytest.mark.parametrize(
    ("name", "uploaded", "sentence"),
    [
        ("blackboard", blackboard(" Percentage"), "Blackboard shows these otherwise than as a score"),
        ("blackboard", blackboard(" Complete/Incomplete"), "Set their primary display to Score there"),
        (
            "canvas",
            canvas(header=("Final Grade of Tensor (7)",)),
            "reads nothing below them: Final Grade of Tensor (7).",
        ),
        (
            "canvas",
            canvas(header=("Tensor, Current Score (7)",)),
            "Canvas takes columns with such headings for its own",
        ),
    ],
)
def test_a_column_that_would_be_read_as_something_else_takes_no_grade(course, name, uploaded, sentence):
    """A number is a percentage in a column that Blackboard shows so; and Canvas passes over what is called like its totals."""
    with pytest.raises(CannotExport) as refusal:
        prepared(course, name, uploaded)
    assert sentence in str(refusal.value)
    assert all(exported(course, "blackboard", blackboard(kind)) for kind in ("", " Score"))


def test_columns_that_nothing_is_read_from_may_be_called_alike(course):
    """Two groups of assignments may have one name in Canvas, and so two pairs of totals; its second row may end early."""
    totals = ["Labs Current Score", "Labs Current Score", "Notes", "Notes"]
    there = csv_file(
        [*CANVAS, "Tensor (7)", *totals],
        ["", "", "", "", "", "Manual Posting"],
        [*MAXIMA, "100.00", *(["(read only)"] * 4)],
        [*MIRA, "", "1", "2", "", ""],
    )
    assert exported(course, "canvas", there).decode().splitlines()[-1].endswith(",A,87.5")
    with pytest.raises(CannotExport, match="The column SIS User ID is there twice"):
        prepared(
            course, "canvas", csv_file([*CANVAS[:3], *CANVAS[2:], "Tensor (7)"], [*MAXIMA, "", "100"], [*MIRA, "", ""])
        )


def test_an_item_of_brightspace_is_found_whatever_its_category_is_called(course):
    heading = "Tensor Points Grade <Numeric MaxPoints:100 Weight:10 Category:Labs > 3 CategoryWeight:30>"
    there = csv_file(["Username", heading, "End-of-Line Indicator"], ["#mira-okafor@example.edu", "", "#"])
    assert exported(course, "brightspace", there).decode().splitlines()[-1] == "#mira-okafor@example.edu,87.5,#"


@pytest.mark.parametrize(
    "name", [name for name, each in FORMATS.items() if not each.knows_decimal_comma and not each.own_file]
)
def test_a_format_without_decimal_commas_says_so(course, name):
    with pytest.raises(CannotExport, match="has decimal points everywhere"):
        prepared(course, name, decimal_mark=",")


def test_assignments_are_those_that_are_open(course):
    make_assignment(course, "m02", title="Draft", is_draft=True, suite=None, repository_pattern="")
    with pytest.raises(CannotExport, match=r"no open assignment called m02, m07; open are: m01\."):
        prepared(course, "wide", assignments=["m07", "m02"])
    make_assignment(course, "m03", title="Layers")
    with pytest.raises(CannotExport, match="is for one assignment: choose one of m01, m03"):
        prepared(course, "results")
    course.assignments.update(is_draft=True, repository_pattern="")
    with pytest.raises(CannotExport, match="has no open assignment yet"):
        prepared(course, "wide")


@pytest.mark.parametrize("name", ["moodle", "gradescope"])
def test_two_assignments_of_one_title_are_not_told_apart_by_title(course, world, name):
    give(world.student, make_assignment(course, "m02", title="TENSOR "), "3")
    with pytest.raises(CannotExport, match="m01 and m02 are both called TENSOR"):
        prepared(course, name)
    assert exported(course, name, assignments=["m02"])


def test_a_column_that_could_be_two_assignments_is_nobodys(course):
    make_assignment(course, "tensor", title="Layers")
    with pytest.raises(CannotExport, match="could be m01 and tensor"):
        prepared(course, "canvas", canvas())


@pytest.mark.parametrize("name", ["moodle", "gradescope"])
def test_a_title_that_a_spreadsheet_would_calculate_is_refused(course, name):
    course.assignments.update(title="=1+1")
    with pytest.raises(CannotExport, match="takes for a formula and which cannot be written otherwise"):
        prepared(course, name)


def test_who_and_what_is_left_out_is_said(course, world):
    make_enrollment(course, "jon")
    twins = [make_enrollment(course, name) for name in ("ann", "anne")]
    for number, twin in enumerate(twins):
        twin.student_id, twin.email = f"T{number}", ""
        twin.save()
        give(twin, world.assignment, "5")
    make_assignment(course, "m02", title="Layers")
    twice = ["Twins", "5", "T0", "T1", "A", "", ""]
    ready = prepared(
        course, "canvas", canvas([*MIRA, "", ""], twice, header=("Tensor (1)", "Essay (2)"), maxima=("100", "5"))
    )
    assert ready.gaps == (
        "1 student not in the file of Canvas: Jon.",
        "2 students of whom Canvas may have several, or who may be the same there: Ann, Anne.",
        "No column of the file is called Layers.",
    )
    assert ready.remarks == ("Columns of the file in which nothing is written: Essay (2).",)
    assert len(b"".join(ready.pieces).splitlines()) == 3


def test_a_student_whose_number_and_address_are_two_people_there_is_nobody(course, world):
    world.student.student_id = "U7"
    world.student.save()
    other = ["Other, One", "7", "U7", "other@example.edu", "A", ""]
    with pytest.raises(CannotExport, match="None of the 1 student"):
        prepared(course, "canvas", canvas([*MIRA, ""], other))


def test_whoever_is_excused_in_canvas_stays_so(course):
    ready = prepared(course, "canvas", canvas([*MIRA, "EX"]))
    assert ready.remarks == ("1 grade excused in Canvas, which it stays whatever is here.",)
    assert b"".join(ready.pieces).decode().splitlines()[-1].endswith(",A,EX")


def test_moodle_is_told_who_lacks_what_it_matches_by(course, world):
    world.student.student_id = "U1"
    world.student.save()
    make_enrollment(course, "jon")
    nobody = make_enrollment(course, "nobody", email="")
    give(nobody, world.assignment, "3")
    ready = prepared(course, "moodle")
    assert ready.gaps == ("1 student with neither number nor address, whom Moodle cannot find: Nobody.",)
    assert ready.remarks == (
        "1 student without ID number: Jon. Match by the other column in Moodle.",
        "Moodle takes points as they are, so its items must be out of as many as here: Tensor (100).",
    )
    assert rows_of(b"".join(ready.pieces).decode(), ",")[1:] == [
        ["U1", "mira-okafor@example.edu", "87.5", "87.5 = set by user1 instead of no grade".replace("user1", setter())]
    ]
    make_assignment(course, "m02", title="Layers")
    assert "export one assignment at a time" in prepared(course, "moodle").remarks[-1]
    assert prepared(course, "moodle-xml").gaps[0].startswith("2 students without an ID number")


def setter() -> str:
    return Override.objects.earliest("pk").set_by.name


def test_a_grade_above_the_maximum_is_named_where_it_would_be_cut_or_refused(course, world):
    give(make_enrollment(course, "jon"), world.assignment, "101")
    uploaded = csv_file(
        ["Username", "Tensor Points Grade", "End-of-Line Indicator"], ["#mira-okafor@example.edu", "", "#"]
    )
    remarks = prepared(course, "brightspace", uploaded).remarks
    assert remarks[0].startswith("The file does not say out of how many points these are")
    assert remarks[1].startswith("1 grade above an assignment's maximum, which is cut down to it")
    assert remarks[1].endswith(": Jon (Tensor).")
    Enrollment.objects.filter(pk=world.student.pk).update(student_id="U0044120")
    for name in ("moodle", "moodle-xml"):
        assert "for which Moodle refuses the whole file" in prepared(course, name).remarks[-1]


def test_a_worksheet_keeps_what_a_teacher_wrote_and_every_row_without_a_grade_out(course):
    header = ["Identifier", "Full name", "Email address", "Grade", "Last modified (grade)", "Feedback comments"]
    mira = ["Participant 7", "=Mira", "mira-okafor@example.edu", "", "-", "See me."]
    jon = ["Participant 8", "Jon", "jon@example.edu", "4", "-", ""]
    make_enrollment(course, "jon")
    found = rows_of(exported(course, "moodle-worksheet", csv_file(header, mira, jon)).decode(), ",")
    assert found == [header, ["Participant 7", "'=Mira", "mira-okafor@example.edu", "87.5", "-", "See me."]]


def test_canvas_without_a_column_of_its_own_creates_nothing(course):
    """The reader of these tests creates an assignment for a heading that Canvas does not know: no such heading leaves."""
    there = Canvas([("48812", "U0044120", "mira-okafor@example.edu", "Mira")], {"991204": ("Tensor", Decimal(100))})
    make_assignment(course, "m02", title="Layers")
    there.upload(exported(course, "canvas", there.download()))
    assert (there.created, there.scores) == ([], {("48812", "991204"): "87.50"})
