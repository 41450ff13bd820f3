"""One rounding of points: two decimals, a half to the even one, the same on every page, in every file and in every LMS."""

import re
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from django.template import Context, Template
from hypothesis import example, given
from hypothesis import strategies as st

from course_admin.api.answers import grade_out
from course_admin.assignments.late import LateKind
from course_admin.courses.models import Role
from course_admin.gradebook.grading.grades import grade_rows
from course_admin.integrations.outbox.delivery.collect import collect
from course_admin.integrations.outbox.models import GradeDelivery
from grader.points import in_points, out_of, points_text, round_points
from grader.verdict import Verdict
from tests.factories import NOW, graded, make_attempt, make_check, make_enrollment

CASES = [
    ("0.005", "0"),
    ("0.015", "0.02"),
    ("0.125", "0.12"),
    ("0.12500000001", "0.13"),
    ("-0.125", "-0.12"),
    ("-0.004", "0"),
    ("0.375", "0.38"),
    ("0.1249999", "0.12"),
    ("87.4", "87.4"),
    ("99.995", "100"),
    ("10.0000", "10"),
    ("0.0000", "0"),
    ("1E+3", "1000"),
]


@pytest.mark.parametrize(("points", "text"), CASES)
def test_points_have_two_decimals_at_most_and_a_half_goes_to_the_even_one(points, text):
    assert points_text(Decimal(points)) == text
    assert Template("{% load points %}{{ it|points }}").render(Context({"it": Decimal(points)})) == text
    assert points_text(Decimal(points), ",") == text.replace(".", ",")


def test_nothing_else_rounds_points():
    project = Path(__file__).parents[2]
    files = [*(project / "course_admin").rglob("*.py"), *(project / "course_admin").rglob("*.html")]
    rounding = re.compile(r"ROUND_HALF|floatformat:\"-|points:\.\d?[fg]|score:g")
    assert [path.name for path in files if rounding.search(path.read_text(encoding="utf-8"))] == []
    engine = [path for path in (project / "grader").rglob("*.py") if "ROUND_HALF" in path.read_text(encoding="utf-8")]
    assert engine == [project / "grader" / "points.py"]


def half_even(exact: Fraction) -> Fraction:
    return Fraction(round(exact * 100), 100)


@given(
    score=st.integers(0, 10**7),
    more=st.integers(0, 10**7),
    points=st.integers(0, 10**7),
    percent=st.integers(0, 10_000),
)
@example(score=10_000, more=20_000, points=850, percent=9700)
def test_what_a_division_leaves_behind_never_moves_a_half(score, more, points, percent):
    """The grade is that of exact fractions: `score` in 1/10,000, `points` and `percent` in 1/100."""
    most = score + more or 1
    scaled = Decimal(score).scaleb(-4) * Decimal(points).scaleb(-2) / Decimal(most).scaleb(-4)
    left = scaled * (100 - Decimal(percent).scaleb(-2)) / 100
    exact = Fraction(score, most) * Fraction(points, 100) * (1 - Fraction(percent, 10_000))
    assert Fraction(round_points(left)) == half_even(exact)


@pytest.mark.medium
def test_three_thirds_of_a_point_are_one_from_the_judge_to_every_edge(client, world, link):
    world.assignment.points = 1
    world.assignment.save()
    thirds = [make_check(number, part, max_points=part) for number, part in enumerate((0.33, 0.34, 0.33), 1)]
    attempt = make_attempt(world.student, world.assignment, received_at=NOW + timedelta(minutes=1))
    run = graded(attempt, *thirds)
    row = next(row for row in grade_rows(world.course) if row.student.pk == world.student.pk)
    assert (row.points, points_text(run.score), row.grade.sentence) == (1, "1", "1 = 1 of attempt 2")
    collect(link=link, assignments=[world.assignment.pk], at=NOW)
    assert GradeDelivery.objects.get().points == 1
    client.force_login(make_enrollment(world.course, "ines", Role.INSTRUCTOR).account)
    assert ">1</a></td>" in client.get(f"/courses/{world.course.slug}/gradebook/").content.decode()
    assert "<b>1 of 1 point</b>" in client.get(f"/attempts/{attempt.public_id}/").content.decode()
    lines = b"".join(client.get(f"/courses/{world.course.slug}/gradebook.csv").streaming_content).decode().splitlines()
    assert ",m01,1,1," in lines[1]


@pytest.mark.medium
def test_page_csv_and_lms_round_a_half_alike(client, world, link):
    """Half of 0.25, less 0 %, is 0.125, and its even neighbour 0.12."""
    world.assignment.points = Decimal("0.25")
    world.assignment.late_kind = LateKind.NONE.value
    world.assignment.save()
    attempt = make_attempt(world.student, world.assignment, received_at=NOW + timedelta(minutes=1))
    graded(attempt, make_check(1, 1.0, max_points=1.0), make_check(2, 0.0, max_points=1.0, verdict=Verdict.FAILED))
    collect(link=link, assignments=[world.assignment.pk], at=NOW)
    assert GradeDelivery.objects.get().points == Decimal("0.12")
    client.force_login(make_enrollment(world.course, "ines", Role.INSTRUCTOR).account)
    assert ">0.12</a></td>" in client.get(f"/courses/{world.course.slug}/gradebook/").content.decode()
    lines = b"".join(client.get(f"/courses/{world.course.slug}/gradebook.csv").streaming_content).decode().splitlines()
    assert ",m01,0.12,0.25," in lines[1]
    row = next(row for row in grade_rows(world.course) if row.student.pk == world.student.pk)
    assert (row.points, grade_out(row, NOW).points) == (Decimal("0.125"), 0.12)


def test_one_point_is_one_and_a_half_of_it_is_some():
    assert [in_points(each) for each in (Decimal("1.00"), 0.999, 0.5, 100)] == [
        "1 point",
        "1 point",
        "0.5 points",
        "100 points",
    ]
    assert out_of(Decimal("0.5"), Decimal(1)) == "0.5 of 1 point"
