"""The page of an assignment's insights: its figures against what was handed in, whose they are, and its files."""

import csv
import io
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from course_admin.courses.csv_cells import text_cell
from course_admin.courses.models import Role, Section, Student
from course_admin.policy import standing_of
from course_admin.review.desk.current import current_runs
from course_admin.review.desk.place import Place
from course_admin.review.insights.figures import figures
from course_admin.review.insights.tables import Table
from course_admin.review.insights.views import csv_of
from grader.verdict import Verdict
from tests.factories import NOW, graded, make_assignment, make_attempt, make_check, make_enrollment

DAY = timedelta(days=1)


@pytest.fixture
def ines(world, client):
    account = make_enrollment(world.course, "ines", Role.INSTRUCTOR).account
    client.force_login(account)
    return account


@pytest.fixture
def place(world, ines) -> Place:
    return Place(world.assignment, standing_of(ines))


def line(number: int, is_passed: bool):
    return make_check(number, 5.0 if is_passed else 0.0, verdict=Verdict.PASSED if is_passed else Verdict.FAILED)


def hand_in(world, login: str, *passed: bool, days: int = 0) -> None:
    student = world.course.enrollments.filter(github_login=login).first() or make_enrollment(world.course, login)
    attempt = make_attempt(student, world.assignment, received_at=NOW + days * DAY)
    graded(attempt, *(line(number, each) for number, each in enumerate(passed, 1)), at=NOW + days * DAY)


@pytest.fixture
def handed_in(world):
    """Ada has everything at last, Bo half, Cy nothing; Mira has not begun."""
    hand_in(world, "ada", False, False)
    hand_in(world, "ada", True, True, days=2)
    hand_in(world, "bo", True, False, days=2)
    hand_in(world, "cy", False, False)


def url(rest: str = "") -> str:
    return f"/courses/tinytorch/assignments/m01/insights/{rest}"


def test_the_newest_attempt_of_each_student_counts(place, handed_in):
    found = figures(place)
    assert (found.students, found.graded, found.full, found.median) == (4, 3, 1, 50.0)
    assert found.bins == [1, 0, 0, 0, 0, 1, 0, 0, 0, 1]
    assert [(each.name, each.sums.students, each.sums.passed) for each in found.checks] == [
        ("Check 1", 3, 2),
        ("Check 2", 3, 1),
    ]


def cost(estimate: object, limit: object = 2.0) -> dict:
    return {"time": {"estimate": estimate, "low": 0.1, "high": 0.2, "limit": limit}}


def test_costs_are_distributed_over_parts_of_what_each_budget_allows(world, place, client):
    for number, estimate in enumerate([0.4, 0.9, 2.0, 2.1, 9.0]):
        student = make_enrollment(world.course, f"s{number}")
        graded(make_attempt(student, world.assignment), make_check(1, 5.0, budget=cost(estimate)), at=NOW)
    (found,) = figures(place).budgets
    assert (found.kind, found.limit, found.bins, found.median, found.students) == ("time", 2.0, [1, 1, 1, 1, 1], 1.0, 5)
    page = client.get(url()).content.decode()
    assert "Budgets" in page
    rows = list(csv.reader(io.StringIO(client.get(url("budgets.csv")).content.decode())))
    assert rows[0][:3] == ["budget", "allowed", "up to a quarter"]
    assert rows[1] == ["1 Check 1: time", "2", "1", "1", "1", "1", "1", "100 %"]


@pytest.mark.medium
@pytest.mark.parametrize("budget", [{}, {"time": 3}, cost("a"), cost(None), cost(1.0, 0), [1], "x"])
def test_what_is_no_measured_cost_is_left_out(world, place, budget):
    run = graded(make_attempt(world.student, world.assignment), make_check(1, 5.0), at=NOW)
    run.checks.update(budget=budget)
    assert figures(place).budgets == []


def test_of_each_member_of_a_group_the_newest_judging_of_their_newest_attempt_is_looked_at(world, place):
    jon, eve = make_enrollment(world.course, "jon"), make_enrollment(world.course, "eve")
    alone = graded(make_attempt(jon, world.assignment), make_check(1, 1.0), at=NOW)
    both = make_attempt(world.student, world.assignment, received_at=NOW + DAY, partners=(eve,))
    graded(both, make_check(1, 2.0), at=NOW + DAY)
    again = graded(both, make_check(1, 3.0), at=NOW + 2 * DAY)
    make_attempt(eve, world.assignment, received_at=NOW + 2 * DAY, number=7)  # not graded yet
    students = world.course.enrollments.filter(role="student")
    expected = {world.student.pk: again.pk, jon.pk: alone.pk, eve.pk: again.pk}
    assert current_runs(world.assignment, students) == expected
    assert current_runs(world.assignment, students.filter(pk=jon.pk)) == {jon.pk: alone.pk}


@pytest.mark.medium
def test_discrimination_leaves_the_checks_own_points_out(place, handed_in):
    one, two = figures(place).checks
    # of the other check: passed 0, 1 of Ada, Bo, Cy = 5, 0, 0 for the first and 5, 5, 0 for the second
    assert one.discrimination == pytest.approx(0.5)
    assert two.discrimination == pytest.approx(0.5)


def test_everything_that_arrived_is_counted_on_its_day(place, handed_in):
    assert figures(place).arrivals == [(NOW.date(), 2), ((NOW + 2 * DAY).date(), 2)]


@pytest.mark.medium
def test_the_time_from_the_first_attempt_to_the_first_with_all_points_is_counted(client, world, place, handed_in):
    hand_in(world, "di", True, True)
    hand_in(world, "di", False, False, days=1)
    hand_in(world, "di", True, True, days=9)
    rows = list(csv.reader(io.StringIO(client.get(url("first-full-score.csv")).content.decode())))
    assert rows == [
        ["after the first attempt", "students"],
        ["with the first attempt", "1"],
        ["within an hour", "0"],
        ["within a day", "0"],
        ["within 3 days", "1"],
        ["within a week", "0"],
        ["later", "0"],
        ["not yet", "2"],
    ]
    assert "Time to the first full score" in client.get(url()).content.decode()


def test_the_newest_judging_of_each_attempt_says_whether_it_has_all_points(world, place):
    assert figures(place).first_full == [0] * 7
    eve = make_enrollment(world.course, "eve")
    first = make_attempt(world.student, world.assignment, partners=(eve,))
    graded(first, line(1, True), at=NOW)
    assert figures(place).first_full == [2, 0, 0, 0, 0, 0, 0]
    graded(first, line(1, False), at=NOW + DAY)
    assert figures(place).first_full == [0, 0, 0, 0, 0, 0, 2]
    second = make_attempt(eve, world.assignment, received_at=NOW + timedelta(minutes=59), number=2)
    graded(second, line(1, True), at=NOW + DAY)
    assert figures(place).first_full == [0, 1, 0, 0, 0, 0, 1]


def test_who_has_not_begun_is_named(place, handed_in):
    assert [student.name for student in figures(place).not_started] == ["Mira Okafor"]


def test_the_due_day_is_marked_and_days_without_an_attempt_are_drawn(client, world, place, handed_in):
    world.assignment.due_at = NOW + 3 * DAY
    world.assignment.save()
    answer = client.get(url())
    table = next(each for each in answer.context["tables"] if each.name == "arrivals")
    assert answer.content.decode().count('class="mark"') == 1  # nothing was handed in on it: its bar cannot be seen
    assert [row[1:] for row in table.rows] == [["2", ""], ["0", ""], ["2", ""], ["0", "due"]]
    assert [bar.is_marked for bar in table.picture.bars] == [False, False, False, True]


def test_a_course_s_insights_begin_with_its_assignments_and_who_has_handed_in(client, world, place, handed_in):
    draft = make_assignment(world.course, "m02", title="Draft", is_draft=True, repository_pattern="")
    answer = client.get(reverse("course-insights", args=[world.course.slug]))
    lines = [(each.assignment, each.handed_in, each.students) for each in answer.context["lines"]]
    students = Student.objects.active().filter(course=world.course)
    having = students.filter(attempt_memberships__assignment=world.assignment).distinct()
    assert lines == [(world.assignment, having.count(), students.count())]
    assert 0 < having.count() < students.count()
    html = answer.content.decode()
    assert url() in html
    assert draft.title not in html


def test_a_ta_sees_the_figures_of_their_students_alone(world, handed_in):
    tuesday = Section.objects.create(course=world.course, name="Tuesday")
    world.course.enrollments.filter(github_login__in=["ada", "mira-okafor"]).update(section=tuesday)
    tess = make_enrollment(world.course, "tess", Role.TA, section=tuesday).account
    found = figures(Place(world.assignment, standing_of(tess)))
    assert (found.students, found.graded, found.full) == (2, 1, 1)
    assert [count for _, count in found.arrivals] == [1, 1]


@pytest.mark.medium
@pytest.mark.parametrize("name", ["distribution", "checks", "arrivals", "first-full-score", "not-started"])
def test_each_table_is_on_the_page_and_in_a_file(client, world, handed_in, ines, name):
    html = client.get(url()).content.decode()
    table = next(each for each in client.get(url()).context["tables"] if each.name == name)
    answer = client.get(url(f"{name}.csv"))
    assert list(csv.reader(io.StringIO(answer.content.decode()))) == [table.columns, *table.rows]
    assert f'filename="tinytorch-m01-{name}.csv"' in answer.headers["Content-Disposition"]
    assert url(f"{name}.csv") in html
    assert html.count("<svg") == 4


def test_a_cell_that_a_spreadsheet_would_work_out_is_text(client, world, ines):
    names = ["=1+1", "+1", "@SUM(A1)", "Eve;=1+1", "Eve, -1+1", "\t=1", "\tEve", "'=1"]
    for number, name in enumerate(names):
        make_enrollment(world.course, f"eve{number}", name=name)
    rows = list(csv.reader(io.StringIO(client.get(url("not-started.csv")).content.decode())))
    told = {row[3]: row[0] for row in rows[1:]}
    assert [told[f"eve{number}"] for number in range(len(names))] == [
        *("'=1+1", "'+1", "'@SUM(A1)", "Eve;'=1+1", "Eve, '-1+1", "'\t'=1", "'\tEve", "''=1"),
    ]
    assert [told[f"eve{number}"] for number in range(len(names))] == [text_cell(name) for name in names]


def test_a_negative_number_stays_a_number():
    assert csv_of(Table("a", "A", ["b"], [["-0.25"], ["-25 %"]])) == "b\r\n-0.25\r\n-25 %\r\n"


def test_a_table_that_is_none_does_not_exist(client, ines):
    assert client.get(url("salaries.csv")).status_code == 404


def test_where_nothing_was_handed_in_the_page_says_so(client, ines):
    html = client.get(url()).content.decode()
    assert "There is nothing to show yet." in html


def test_the_page_needs_no_inline_style_or_script(client, handed_in, ines):
    html = client.get(url()).content.decode()
    assert "<style" not in html
    assert "style=" not in html
    assert html.count("<script") == html.count("<script src=")


@pytest.mark.slow
@pytest.mark.rows
def test_the_number_of_questions_is_constant(client, world, ines):
    asked = []
    for first in (0, 3):
        for number in range(first, first * 3 + 3):
            hand_in(world, f"s{number}", True, False, days=number)
        with CaptureQueriesContext(connection) as queries:
            client.get(url())
        asked.append(len(queries))
    assert asked[0] == asked[1]
