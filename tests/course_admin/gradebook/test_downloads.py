"""Which run counts, and the files grades leave in."""

import csv
import io
import json
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_admin.courses.csv_cells import cell, csv_lines, text_cell
from course_admin.courses.models import Role, Section
from course_admin.gradebook.exports.formats.long_csv import COLUMNS, gradebook_csv
from course_admin.gradebook.exports.gradescope import results_json
from course_admin.gradebook.grading.grades import grade_rows
from course_admin.submissions.queue import dispatch
from grader.verdict import Verdict
from tests.factories import (
    COMMIT,
    NOW,
    SEED,
    graded,
    lease,
    make_assignment,
    make_attempt,
    make_check,
    make_enrollment,
    make_run,
)

DAY = timedelta(days=1)


def counting(world) -> tuple[int, Decimal] | None:
    """Return the number and the score of what counts."""
    found = next(row.judging for row in grade_rows(world.course) if row.student.pk == world.student.pk)
    return (found.number, found.score) if found else None


def test_the_newest_graded_attempt_counts_by_arrival(world):
    assert counting(world) is None
    graded(make_attempt(world.student, world.assignment, received_at=NOW))
    graded(make_attempt(world.student, world.assignment, received_at=NOW + DAY, number=7), make_check(1, 0.0))
    graded(make_attempt(world.student, world.assignment, received_at=NOW - DAY, number=8))
    assert counting(world) == (7, 0)


def test_what_is_not_graded_never_replaces_a_grade(world):
    graded(make_attempt(world.student, world.assignment, received_at=NOW))
    make_run(make_attempt(world.student, world.assignment, received_at=NOW + DAY))
    broken = make_run(make_attempt(world.student, world.assignment, received_at=NOW + 2 * DAY), NOW - DAY)
    dispatch.dispatch(at=NOW)
    broken.refresh_from_db()
    dispatch.fault(run=broken.public_id, token=broken.lease_token, sentence="no", can_retry=False, at=NOW)
    assert counting(world) == (1, 5)


def test_of_an_attempt_the_newest_judging_counts(world):
    attempt = make_attempt(world.student, world.assignment)
    graded(attempt)
    graded(attempt, make_check(1, 1.0), at=NOW + DAY)
    assert counting(world) == (1, 1)
    graded(attempt, make_check(1, 2.0), at=NOW - DAY)
    assert counting(world) == (1, 1)


def rows_of(course) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO("".join(gradebook_csv(course)), newline="")))


def test_a_draft_is_in_no_gradebook(world):
    make_assignment(world.course, "m02", is_draft=True, suite=None, repository_pattern="")
    assert [row["assignment"] for row in rows_of(world.course)] == ["m01"]


def test_the_gradebook_has_a_row_for_everybody_and_empty_cells_for_nothing(world):
    Section.objects.create(course=world.course, name="A")
    world.student.section = Section.objects.get()
    world.student.student_id = "U0044120"
    world.student.save()
    make_enrollment(world.course, "jon")
    make_enrollment(world.course, "gone", is_active=False)
    make_enrollment(world.course, "tess", Role.TA)
    world.assignment.due_at = NOW - timedelta(hours=25)
    world.assignment.points = 20
    world.assignment.save()
    graded(make_attempt(world.student, world.assignment), make_check(1, 2.5), make_check(2, 5.0))
    jon, mira = rows_of(world.course)
    assert list(mira) == list(COLUMNS)
    assert mira == {
        "student_id": "U0044120",
        "name": "Mira Okafor",
        "email": "mira-okafor@example.edu",
        "github_login": "mira-okafor",
        "section": "A",
        "assignment": "m01",
        "points": "15",
        "max_points": "20",
        "late_days": "2",
        "override": "",
        "attempt": "1",
        "commit": COMMIT,
        "graded_at": "2026-10-02T12:00:20Z",
        "why": "15 = 15 of attempt 1, 2 days late",
    }
    assert [jon[name] for name in ("points", "late_days", "attempt", "commit", "graded_at")] == [""] * 5


@pytest.mark.medium
@pytest.mark.parametrize(("late", "days"), [(-1, 0), (0, 0), (1, 1), (86400, 1), (86401, 2)])
def test_a_day_that_has_begun_is_a_late_day(world, late, days):
    world.assignment.due_at = NOW
    world.assignment.save()
    graded(make_attempt(world.student, world.assignment, received_at=NOW + timedelta(seconds=late)))
    assert next(grade_rows(world.course)).late_days == days


def test_a_suite_without_points_divides_by_nothing(world):
    graded(make_attempt(world.student, world.assignment), make_check(1, 0.0, max_points=0.0))
    assert next(grade_rows(world.course)).points == 0


@pytest.mark.slow
def test_the_gradebook_needs_a_constant_number_of_queries(world, django_assert_num_queries):
    make_assignment(world.course, "m02")
    for number in range(10):
        graded(make_attempt(make_enrollment(world.course, f"s{number}"), world.assignment))
    with django_assert_num_queries(12):
        rows = list(grade_rows(world.course))
    assert len(rows) == 22


FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\tx",
    "\rx",
    "\nx",
    "\0x",
    "＝1",
    "－1",
    "  =1",
    "\u00a0=1",
    "=cmd|' /C calc'!A0",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_text_that_a_spreadsheet_would_calculate_is_neutralised(text):
    assert text_cell(text) == f"'{text}"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Ada;=1+1", "Ada;'=1+1"),  # a semicolon divides cells in many countries, whatever the quotes say
        ("Ada,@SUM(A1)", "Ada,'@SUM(A1)"),
        ("Ada\n=1", "Ada\n'=1"),
        ('Ada; "=1"', 'Ada; "\'=1"'),
        ("'=1", "''=1"),
        ("87 = 92, 1 day late, -5 %", "87 = 92, 1 day late, -5 %"),
        ("87 = 92, -5+cmd", "87 = 92, '-5+cmd"),
    ],
)
def test_a_formula_is_found_after_every_sign_that_may_divide_cells(text, written):
    assert text_cell(text) == written


@pytest.mark.parametrize("text", ["", "Mira", "a=b", "3-4", "1+1", " Mira", "'quoted"])
def test_any_other_text_is_left_alone(text):
    assert text_cell(text) == text


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, ""),
        (True, "true"),
        (-3, "-3"),
        (Decimal("-2.5"), "-2.5"),
        (Decimal("10.0000"), "10"),
        (Decimal("100"), "100"),
        (Decimal("0"), "0"),
        (Decimal("0.00005"), "0"),
        (Decimal("0.125"), "0.12"),
        (Decimal("1E+3"), "1000"),
        (NOW, "2026-10-02T12:00:00Z"),
    ],
)
def test_numbers_stay_numbers_and_times_are_utc(value, written):
    assert cell(value) == written


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=1, max_size=4))
def test_texts_survive_the_way_through_a_csv_reader(texts):
    lines = "".join(csv_lines(["a"] * len(texts), [texts]))
    (_, row) = csv.reader(io.StringIO(lines, newline=""))
    assert row == [text_cell(text) for text in texts]
    assert not any(value.lstrip().startswith(("=", "+", "-", "@")) for value in row)


def test_a_hostile_roster_name_is_neutralised_in_the_download(client, world):
    world.student.name = '=HYPERLINK("http://evil.example","x")'
    world.student.save()
    client.force_login(make_enrollment(world.course, "ines", Role.INSTRUCTOR).account)
    answer = client.get(f"/courses/{world.course.slug}/gradebook.csv")
    body = b"".join(answer.streaming_content).decode()
    (_, row) = csv.reader(io.StringIO(body, newline=""))
    assert row[1] == '\'=HYPERLINK("http://evil.example","x")'
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="tinytorch-2')
    assert body.count("\r\n") == 2


def test_gradescopes_file_says_where_it_comes_from(world):
    attempt = make_attempt(world.student, world.assignment)
    run = graded(
        attempt,
        make_check(1, visibility="hidden", message="canary", output="canary"),
        make_check(2, 0.0, verdict=Verdict.FAILED, message="expected 3"),
    )
    document = json.loads(results_json(attempt, run))
    assert document["score"] == 5
    assert [(test["score"], test["max_score"], test["status"]) for test in document["tests"]] == [
        (5, 5, "passed"),
        (0, 5, "failed"),
    ]
    assert "canary" not in json.dumps(document)
    assert document["extra_data"] == {
        "attempt": attempt.public_id,
        "commit": COMMIT,
        "suite": "m01_tensor@55555555",
        "seed": SEED,
    }


def test_an_attempt_without_a_result_has_no_file(client, world):
    attempt = make_attempt(world.student, world.assignment)
    lease(make_run(attempt))
    client.force_login(make_enrollment(world.course, "ines", Role.INSTRUCTOR).account)
    assert client.get(f"/attempts/{attempt.public_id}/results.json").status_code == 404
