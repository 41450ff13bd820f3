"""The list of an assignment's submissions: what is in it, in which order, who sees what, and what it costs."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from course_admin.assignments.models import Extension
from course_admin.courses.models import Enrollment, Role, Section
from course_admin.discussion.models import RegradeRequest
from course_admin.policy import standing_of
from course_admin.review.desk.place import Place
from course_admin.review.submissions_list import views
from course_admin.review.submissions_list.listing import FLAGS, ORDERS, Wanted, listing, neighbours
from course_admin.submissions.models import Attempt, Run
from grader.verdict import Verdict
from tests.factories import NOW, graded, make_attempt, make_check, make_enrollment, make_run, make_user

DAY = timedelta(days=1)


def lost(number: int, points: float = 0.0):
    return make_check(number, points, verdict=Verdict.FAILED, message="expected 3, got 4")


@pytest.fixture
def ines(world):
    return make_enrollment(world.course, "ines", Role.INSTRUCTOR).account


@pytest.fixture
def place(world, ines) -> Place:
    return Place(world.assignment, standing_of(ines))


def found(place, **wanted) -> list[str]:
    return [f"{row.student.github_login} {row.number}" for row in listing(place, Wanted(**wanted)).with_people()]


@pytest.fixture
def attempts(world):
    """Mira has two, of 5 and 10 points of 10, the second on the next day; Jon has one of 0; Ada's waits."""
    tuesday = Section.objects.create(course=world.course, name="Tuesday")
    jon, ada = (make_enrollment(world.course, each, section=tuesday) for each in ("jon", "ada"))
    graded(make_attempt(world.student, world.assignment), make_check(1), lost(2))
    graded(make_attempt(world.student, world.assignment, received_at=NOW + DAY), make_check(1), make_check(2))
    graded(make_attempt(jon, world.assignment, received_at=NOW + DAY / 2), lost(1), lost(2))
    make_run(make_attempt(ada, world.assignment, received_at=NOW - DAY, commit_id="b" * 40), at=NOW)
    return tuesday


def test_everything_is_listed_newest_first(place, attempts):
    assert found(place) == ["mira-okafor 2", "jon 1", "mira-okafor 1", "ada 1"]


@pytest.mark.medium
@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("received", ["ada 1", "mira-okafor 1", "jon 1", "mira-okafor 2"]),
        ("score", ["ada 1", "jon 1", "mira-okafor 1", "mira-okafor 2"]),
        ("-score", ["mira-okafor 2", "mira-okafor 1", "jon 1", "ada 1"]),
        ("name", ["ada 1", "jon 1", "mira-okafor 1", "mira-okafor 2"]),
    ],
)
def test_the_orders(place, attempts, order, expected):
    assert found(place, order=order) == expected


@pytest.mark.medium
@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"words": "OKAF"}, ["mira-okafor 2", "mira-okafor 1"]),
        ({"words": "jon@example"}, ["jon 1"]),
        ({"words": "bbbb"}, ["ada 1"]),
        ({"state": "queued"}, ["ada 1"]),
        ({"state": "no_run"}, []),
        ({"percent_from": 50}, ["mira-okafor 2", "mira-okafor 1"]),
        ({"percent_to": 50}, ["jon 1", "mira-okafor 1"]),
        ({"failed": "test_values.py::test_1"}, ["jon 1"]),
        ({"failed": "test_values.py::test_2"}, ["jon 1", "mira-okafor 1"]),
        ({"newest": True}, ["mira-okafor 2", "jon 1", "ada 1"]),
        ({"newest": True, "percent_to": 90}, ["jon 1"]),
    ],
    ids=str,
)
def test_the_filters(place, attempts, wanted, expected):
    assert found(place, **wanted) == expected


def test_what_is_flagged_is_found(place, attempts, world):
    assert [found(place, flag=flag) for flag in FLAGS] == [[], [], []]
    jon, ada = (Attempt.objects.get(memberships__student__github_login=login) for login in ("jon", "ada"))
    asked = {"student": jon.memberships.get().student, "assignment": world.assignment, "reason": "see page 17"}
    for check in ("a check", "another"):
        RegradeRequest.objects.create(attempt=jon, test_id=check, check_name=check, asked_at=NOW, **asked)
    Run.objects.filter(attempt=jon).update(notes=["m00 is missing"])
    Attempt.objects.filter(pk=ada.pk).update(notes=["a link was left out"])  # waits: not graded with it yet
    make_attempt(make_enrollment(world.course, "kim"), world.assignment, refusal="No package is in it.")
    assert [found(place, flag=flag) for flag in FLAGS] == [["jon 1"], ["jon 1"], ["kim 1"]]


def test_a_section_holds_those_who_are_in_it_besides(place, attempts, world):
    assert found(place, section=attempts.pk) == ["jon 1", "ada 1"]
    world.student.other_sections.set([attempts])
    assert len(found(place, section=attempts.pk)) == 4


def test_late_is_what_is_late_for_the_student(place, attempts, world):
    world.assignment.due_at, world.assignment.late_grace_minutes = NOW, 30
    world.assignment.save()
    assert found(place, late="yes") == ["mira-okafor 2", "jon 1"]
    assert found(place, late="no") == ["mira-okafor 1", "ada 1"]
    make_attempt(make_enrollment(world.course, "kim"), world.assignment, received_at=NOW + timedelta(minutes=30))
    assert "kim 1" not in found(place, late="yes")
    granted = {"granted_by": make_user(), "granted_at": NOW, "reason": "flu"}
    jon = Enrollment.objects.get(github_login="jon")
    Extension.objects.create(student=jon, assignment=world.assignment, days=1, **granted)
    assert found(place, late="yes") == ["mira-okafor 2"]


def test_an_attempt_shows_its_newest_judging_that_has_a_result(place, world):
    attempt = make_attempt(world.student, world.assignment)
    graded(attempt, lost(1))
    graded(attempt, make_check(1), at=NOW + DAY)
    make_run(attempt, at=NOW + 2 * DAY, reason="asked_for")
    (row,) = listing(place, Wanted())
    assert (row.state, row.score, row.max_score) == ("graded", 5, 5)


@pytest.mark.medium
@pytest.mark.parametrize("order", ORDERS)
def test_neighbours_walk_the_list_as_it_is_sorted_and_filtered(place, attempts, order):
    for wanted in (Wanted(order=order), Wanted(order=order, newest=True)):
        rows = list(listing(place, wanted))
        names = [row.public_id for row in rows]
        for index, row in enumerate(rows):
            around = neighbours(place, wanted, row)
            assert around.previous == (names[index - 1] if index else None)
            assert around.next == (names[index + 1] if index + 1 < len(names) else None)


def test_what_is_not_in_the_list_has_no_neighbours(place, attempts):
    (jons,) = listing(place, Wanted(words="jon"))
    around = neighbours(place, Wanted(words="mira"), jons)
    assert (around.previous, around.next) == (None, None)


def test_a_ta_sees_the_students_of_their_section_alone(world, attempts):
    tess = make_enrollment(world.course, "tess", Role.TA, section=attempts).account
    assert found(Place(world.assignment, standing_of(tess))) == ["jon 1", "ada 1"]


def url(world, rest: str = "") -> str:
    return f"/courses/{world.course.slug}/assignments/{world.assignment.slug}/submissions/{rest}"


@pytest.mark.medium
def test_pages_reach_everything(client, world, ines, monkeypatch):
    monkeypatch.setattr(views, "ON_A_PAGE", 2)
    everything = {make_attempt(make_enrollment(world.course, f"s{n}"), world.assignment).public_id for n in range(5)}
    client.force_login(ines)
    shown = [
        row["attempt"].public_id for page in "123" for row in client.get(url(world), {"page": page}).context["rows"]
    ]
    assert len(shown) == 5
    assert set(shown) == everything


@pytest.mark.slow
@pytest.mark.rows
def test_the_list_asks_a_constant_number_of_questions(client, world, ines):
    world.assignment.due_at = NOW
    world.assignment.save()
    client.force_login(ines)
    asked = []
    for first in (0, 2):
        for number in range(first, first * 5 + 2):
            graded(make_attempt(make_enrollment(world.course, f"s{number}"), world.assignment))
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(url(world), {"late": "no", "sort": "name"})
        assert len(answer.context["rows"]) == first * 5 + 2
        asked.append(len(queries))
    assert asked[0] == asked[1] <= 24


def test_graded_is_green_where_nothing_was_lost(client, world, attempts, ines):
    client.force_login(ines)
    page = client.get(url(world)).content.decode()
    assert (page.count('<span class="chip good">graded</span>'), page.count('<span class="chip">graded</span>')) == (
        1,
        2,
    )
    assert "Page 1 of 1" not in page


@pytest.mark.medium
def test_a_filter_that_cannot_be_meant_is_said_and_left_out(client, world, attempts, ines):
    client.force_login(ines)
    answer = client.get(url(world), {"percent_from": "many", "sort": "sideways", "q": "jon"})
    assert "Enter a whole number." in answer.content.decode()
    assert [row["attempt"].student.github_login for row in answer.context["rows"]] == ["jon"]


@pytest.mark.medium
def test_a_submission_leads_on_to_the_next_of_the_filtered_list(client, world, attempts, ines):
    client.force_login(ines)
    first = client.get(url(world), {"newest": "on"}).context["rows"][0]["attempt"]
    html = client.get(url(world, f"{first.public_id}/"), {"newest": "on"}).content.decode()
    after = client.get(url(world), {"newest": "on"}).context["rows"][1]["attempt"]
    assert f'rel="next" accesskey="n" href="{url(world, after.public_id)}/?newest=on"' in html
    assert 'rel="prev"' not in html


@pytest.mark.medium
def test_of_a_submission_staff_read_what_was_lost_and_why(client, world, attempts, ines):
    client.force_login(ines)
    jons = client.get(url(world), {"q": "jon"}).context["rows"][0]["attempt"]
    html = client.get(url(world, f"{jons.public_id}/")).content.decode()
    assert html.count("expected 3, got 4") == 2
    assert "0 of 2 checks passed" in html


def test_a_partner_of_another_section_is_found_by_name_and_by_no_address(world, attempts):
    here = Section.objects.create(course=world.course, name="Monday")
    mine, theirs = make_enrollment(world.course, "lin", section=here), make_enrollment(world.course, "kim")
    make_attempt(mine, world.assignment, partners=[theirs], commit_id="c" * 40)
    tom = make_enrollment(world.course, "tom", Role.TA, section=here).account
    place = Place(world.assignment, standing_of(tom))
    for words, count in (("Kim", 1), ("lin@", 1), ("kim@", 0), (theirs.email, 0)):
        assert len(found(place, words=words)) == count, words


@pytest.mark.parametrize(
    ("query", "is_open"), [("", False), ("?q=jon&state=graded", False), ("?late=yes", True), ("?sort=name", True)]
)
def test_filters_that_are_not_in_use_are_folded(client, place, attempts, query, is_open):
    client.force_login(make_enrollment(place.course, "iris", Role.INSTRUCTOR).account)
    html = client.get(
        f"/courses/{place.course.slug}/assignments/{place.assignment.slug}/submissions/{query}"
    ).content.decode()
    form = html.partition('role="search"')[2].partition("</form>")[0]
    assert ("<details open>" in form, "<details>" in form) == (is_open, not is_open)
    assert form.index('name="q"') < form.index('type="submit"') < form.index("<details") < form.index('name="sort"')
