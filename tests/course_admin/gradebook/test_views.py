"""The gradebook's page: a table of those whom the viewer teaches, some at a time, at a constant number of queries."""

import pytest
from django.urls import reverse

from course_admin.courses.models import Role
from course_admin.gradebook import views
from course_admin.gradebook.models import Override
from tests.course_admin.test_admin import fill
from tests.factories import NOW, graded, make_assignment, make_attempt, make_check, make_enrollment, make_user


@pytest.fixture
def page(client, world):
    """Log an instructor in, and return what asks for the page."""
    client.force_login(make_enrollment(world.course, "ines", Role.INSTRUCTOR).account)
    url = reverse("gradebook", args=[world.course.slug])
    return lambda **query: client.get(url, query)


def test_it_shows_points_after_all_rules_and_leads_to_how_they_came_about(page, world):
    make_assignment(world.course, "m02", title="Activations")
    make_assignment(world.course, "m03", is_draft=True, suite=None, repository_pattern="")
    graded(make_attempt(world.student, world.assignment), make_check(1, 2.0))
    Override.objects.create(
        student=world.student, assignment=world.assignment, points=91, reason="x", set_by=make_user(), set_at=NOW
    )
    answer = page()
    ((student, rows),) = answer.context["lines"]
    assert (student, [row.points for row in rows]) == (world.student, [91, None])
    html = answer.content.decode()
    assert f'href="/grades/{world.student.pk}/"' in html
    assert "instead of 40 (40 = 40 of attempt 1)" in html
    assert ">m01</abbr>" in html
    assert ">m03</abbr>" not in html


def test_a_search_finds_by_name_address_or_login_and_keeps_its_words_on_the_next_page(page, world, monkeypatch):
    monkeypatch.setattr(views, "STUDENTS_ON_A_PAGE", 2)
    for number in range(5):
        make_enrollment(world.course, f"jon-{number}")
    answer = page(q="jon")
    assert [student.name for student, _ in answer.context["lines"]] == ["Jon 0", "Jon 1"]
    assert "?q=jon&amp;page=2" in answer.content.decode()
    assert [student.name for student, _ in page(q="jon", page="3").context["lines"]] == ["Jon 4"]
    assert [student.name for student, _ in page(q="jon", page="nonsense").context["lines"]] == ["Jon 0", "Jon 1"]
    assert "Nobody here is called that" in page(q="nobody").content.decode()


ADDRESSES = {
    Role.STUDENT: ["/", "/grades/{}/"],
    Role.INSTRUCTOR: [
        "/",
        "/grades/{}/",
        "/courses/tinytorch/gradebook/",
        "/courses/tinytorch/gradebook.csv",
        "/admin/",
    ],
}


@pytest.mark.parametrize(("role", "address"), [(role, each) for role, found in ADDRESSES.items() for each in found])
@pytest.mark.slow
@pytest.mark.rows
def test_a_page_costs_the_same_for_many(client, world, role, address, django_assert_max_num_queries):
    is_student = role == Role.STUDENT
    client.force_login(world.student.account if is_student else make_enrollment(world.course, "ines", role).account)
    url = address.format(world.student.pk)

    def ask() -> None:
        answer = client.get(url)
        assert answer.status_code == 200
        assert b"".join(answer)

    def add(start: int, students: int) -> None:
        fill(world, students, start)
        for _ in range(students):
            graded(make_attempt(world.student, world.assignment))

    add(0, 2)
    ask()
    with django_assert_max_num_queries(100) as few:
        ask()
    add(2, 6)
    make_assignment(world.course, "m02")
    with django_assert_max_num_queries(len(few)):
        ask()
