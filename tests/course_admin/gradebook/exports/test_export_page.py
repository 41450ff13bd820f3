"""The page and the command of an export: the same choices, the same refusals, and nothing of other people's students."""

import io
import json
import re
import zipfile
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse

from course_admin.courses.models import Enrollment, Role, Section
from course_admin.gradebook.exports.registry import FORMATS
from course_admin.gradebook.exports.size import size_of
from tests.course_admin.gradebook.exports.export_world import csv_file
from tests.course_admin.gradebook.exports.lms_readers import rows_of
from tests.factories import COMMIT, graded, make_assignment, make_attempt, make_check, make_enrollment

CANVAS = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Tensor (991204)"]
POINTS = ["    Points Possible", "", "", "", "", "100.00"]
MIRA = ["Okafor, Mira", "48812", "", "mira-okafor@example.edu", "A", ""]


@pytest.fixture
def post(client, world):
    """Log an instructor in, and return what asks for an export; Mira has 50 of 100."""
    graded(make_attempt(world.student, world.assignment))
    client.force_login(make_enrollment(world.course, "ines", Role.INSTRUCTOR).account)
    return lambda **data: client.post(reverse("gradebook-export", args=[world.course.slug]), data)


def body(answer) -> bytes:
    return b"".join(answer.streaming_content)


def canvas_file(*rows: list[str]) -> SimpleUploadedFile:
    return SimpleUploadedFile("canvas.csv", csv_file(CANVAS, POINTS, *rows))


def test_a_format_that_needs_nothing_is_downloaded_at_once(post, world):
    answer = post(format="wide")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="tinytorch-m01-wide-2')
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    rows = rows_of(body(answer).decode("utf-8-sig"), ",")
    assert rows == [
        ["student_id", "name", "email", "github_login", "section", "m01"],
        ["", "Mira Okafor", "mira-okafor@example.edu", "mira-okafor", "", "50"],
    ]


def test_the_decimal_comma_and_the_assignments_are_chosen_on_the_page(post, world):
    make_assignment(world.course, "m02", title="Layers", points=3)
    text = body(post(format="long", decimal=",", assignments=["m02"])).decode("utf-8-sig")
    assert [row[5:8] for row in rows_of(text, ";")[1:]] == [["m02", "", "3"]]
    assert "Select a valid choice" in post(format="long", assignments=["m99"]).content.decode()


def test_what_would_be_missing_is_said_before_it_is_missing(post, world):
    make_enrollment(world.course, "jon")
    page = post(format="canvas", file=canvas_file(MIRA))
    html = page.content.decode()
    assert "1 student not in the file of Canvas: Jon." in html
    assert 'name="format" value="canvas"' in html
    answer = post(format="canvas", confirm="")
    assert body(answer).decode().splitlines()[-1] == '"Okafor, Mira",48812,,mira-okafor@example.edu,A,50'
    assert "add it" in post(format="canvas", confirm="").content.decode()


def test_a_refusal_stands_on_the_page_and_nothing_is_downloaded(post):
    answer = post(format="canvas", file=canvas_file([*MIRA[:3], "else@example.edu", "A", ""]))
    assert not answer.streaming
    assert "None of the 1 student here is in this file of Canvas" in answer.content.decode()
    assert "is made from that system&#x27;s own file" in post(format="canvas").content.decode()


def test_the_gradebook_offers_every_format(client, post, world):
    html = client.get(reverse("gradebook", args=[world.course.slug])).content.decode()
    assert [name for name in FORMATS if f'<option value="{name}"' not in html] == []
    assert reverse("gradebook-export", args=[world.course.slug]) in html


@pytest.mark.medium
@pytest.mark.parametrize("name", ["wide", "long", "gradescope", "moodle", "moodle-xml", "results"])
def test_a_ta_exports_their_own_section_alone(client, post, world, name):
    section = Section.objects.create(course=world.course, name="Tuesday")
    own = make_enrollment(world.course, "own-student", section=section, student_id="OWN1")
    world.student.student_id = "OTHER"
    world.student.save()
    graded(make_attempt(own, world.assignment))
    client.force_login(make_enrollment(world.course, "tess", Role.TA, section=section).account)
    data = body(post(format=name, confirm=""))
    if name == "results":
        data = zipfile.ZipFile(io.BytesIO(data)).read("index.csv")
    assert b"OWN1" in data
    assert b"OTHER" not in data
    assert b"mira" not in data


def test_every_results_json_of_an_assignment_is_in_one_archive(post, world):
    partner = make_enrollment(world.course, "jon", student_id="U2")
    at = world.student.attempts.get().received_at
    shared = make_attempt(world.student, world.assignment, received_at=at, partners=[partner])
    graded(shared, make_check(1, 3.0), make_check(2, visibility="hidden", message="canary"))
    make_enrollment(world.course, "none")
    archive = zipfile.ZipFile(io.BytesIO(body(post(format="results", confirm=""))))
    assert archive.testzip() is None
    name = f"{shared.public_id}/results.json"
    assert archive.namelist() == [name, "index.csv"]
    document = json.loads(archive.read(name))
    assert (document["score"], document["extra_data"]["commit"]) == (8, COMMIT)
    assert b"canary" not in archive.read(name)
    index = rows_of(archive.read("index.csv").decode(), ",")
    assert [(row[1], row[-1]) for row in index[1:]] == [("Jon", name), ("Mira Okafor", name)]


@pytest.mark.parametrize("chosen", FORMATS.values(), ids=lambda each: each.name)
def test_every_format_is_documented(chosen):
    text = (Path(__file__).parents[4] / "docs" / "gradebook-formats.md").read_text(encoding="utf-8")
    (line,) = re.findall(rf"^\| `{chosen.name}` \|.*$", text, re.MULTILINE)
    assert [cell.strip() == "yes" for cell in line.split("|")[3:5]] == [
        bool(chosen.own_file),
        chosen.knows_decimal_comma,
    ]
    assert re.search(rf"^## .*\b{chosen.name}( |$)", text, re.MULTILINE)


# --- manage.py export_grades ---


def command(*words: object) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command("export_grades", *map(str, words), stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_the_command_writes_the_file_and_says_what_is_in_it(post, world, tmp_path):
    make_enrollment(world.course, "jon")
    (tmp_path / "canvas.csv").write_bytes(csv_file(CANVAS, POINTS, MIRA))
    out, err = command(
        "tinytorch", "--format", "canvas", "--file", tmp_path / "canvas.csv", "-o", tmp_path / "grades.csv"
    )
    written = (tmp_path / "grades.csv").read_bytes()
    assert written.splitlines()[-1] == b'"Okafor, Mira",48812,,mira-okafor@example.edu,A,50'
    assert out == f"2 students, 1 grade, {len(written)} bytes: written to {tmp_path / 'grades.csv'}.\n"
    assert err == "1 student not in the file of Canvas: Jon.\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["canvas.csv", "grades.csv"]


def test_a_dry_run_writes_nothing(post, tmp_path):
    out, _ = command("tinytorch", "--format", "wide", "-o", tmp_path / "grades.csv", "--dry-run")
    assert out.startswith("1 student, 1 grade, ")
    assert out.endswith("nothing was written.\n")
    assert list(tmp_path.iterdir()) == []


def test_the_command_has_the_choices_of_the_page(post, world, tmp_path):
    make_assignment(world.course, "m02", title="Layers")
    command("tinytorch", "--format", "wide", "-o", tmp_path / "w.csv", "--decimal", "comma", "--assignment", "m02")
    assert (tmp_path / "w.csv").read_text(encoding="utf-8-sig").splitlines()[0].endswith("section;m02")


REFUSED = [
    (["nowhere", "--format", "wide", "--dry-run"], "There is no course called nowhere."),
    (["tinytorch", "--format", "wide"], "Say where to write the file with -o"),
    (["tinytorch", "--format", "canvas", "--dry-run"], "is made from that system's own file"),
    (["tinytorch", "--format", "wide", "--assignment", "m07", "--dry-run"], "no open assignment called m07"),
    (["tinytorch", "--format", "canvas", "--file", "/does/not/exist", "--dry-run"], "/does/not/exist"),
    (["tinytorch", "--format", "wide", "-o", "/does/not/exist/f.csv"], "/does/not/exist"),
]


@pytest.mark.medium
@pytest.mark.parametrize(("words", "sentence"), REFUSED, ids=[sentence[:30] for _, sentence in REFUSED])
def test_the_command_refuses_in_one_sentence(post, words, sentence):
    with pytest.raises(CommandError) as refusal:
        command(*words)
    assert sentence in str(refusal.value)
    assert refusal.value.returncode == 2


def test_an_export_that_breaks_leaves_the_old_file(post, world, tmp_path, monkeypatch):
    def broken(*_):
        yield b"half"
        raise OSError("the disk is full")

    (tmp_path / "grades.csv").write_text("old")
    monkeypatch.setattr("course_admin.gradebook.exports.formats.wide_csv.csv_pieces", broken)
    with pytest.raises(CommandError, match="the disk is full"):
        command("tinytorch", "--format", "wide", "-o", tmp_path / "grades.csv")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("grades.csv", "old")]


# --- what an export costs ---


@pytest.mark.medium
def test_the_page_says_how_large_a_download_will_be(client, post, world):
    for number in range(12):
        graded(make_attempt(make_enrollment(world.course, f"s{number}"), world.assignment))
    page = client.get(f"/courses/{world.course.slug}/gradebook/export/").content.decode()
    assert "Grades in all: 13 × 1, which is about" in page
    for name, said in (("wide", size_of(13, 1).wide_bytes), ("long", size_of(13, 1).long_bytes)):
        written = len(body(post(format=name, confirm="")))
        assert said / 3 < written < said * 3


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in FORMATS if not FORMATS[name].own_file and name != "results"])
def test_an_export_takes_as_many_queries_for_many(post, world, name, django_assert_max_num_queries):
    Enrollment.objects.filter(pk=world.student.pk).update(student_id="U0044120")
    make_assignment(world.course, "m02", title="Layers")
    with django_assert_max_num_queries(100) as few:
        body(post(format=name, confirm=""))
    make_assignment(world.course, "m03", title="Losses")
    for number in range(6):
        graded(make_attempt(make_enrollment(world.course, f"s{number}"), world.assignment))
    with django_assert_max_num_queries(len(few)):
        body(post(format=name, confirm=""))
