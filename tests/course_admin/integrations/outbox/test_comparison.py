"""The page of here against there: both sides are asked for and shown, and nothing is sent before somebody says so."""

import re

import pytest
from django.urls import reverse

from course_admin.courses.models import Role
from course_admin.integrations.canvas.services import save_link
from course_admin.integrations.outbox import tasks
from course_admin.integrations.outbox.comparison import comparing
from course_admin.integrations.outbox.models import Comparison, Link
from course_admin.policy import Refused
from tests.course_admin.integrations.canvas.fake_canvas import ASSIGNMENT, MIRA, play_twice, set_points
from tests.factories import NOW, graded, make_attempt, make_enrollment


@pytest.fixture
def page(world, client):
    """Return what opens the page as who leads the course; with something to post, posts it and follows."""
    client.force_login(make_enrollment(world.course, "teacher", Role.INSTRUCTOR).account)
    url = reverse("grades-there", args=[world.course.slug])

    def ask(**data: str) -> str:
        answer = client.post(url, data, follow=True) if data else client.get(url)
        assert answer.status_code == 200
        return answer.content.decode()

    return ask


def compared(page, link) -> str:
    page(compare="yes")
    tasks.compare_course(link.pk)
    return page()


@pytest.mark.medium
@pytest.mark.rows
def test_both_sides_are_shown_and_nothing_is_sent(page, world, link, canvas, sent, django_capture_on_commit_callbacks):
    graded(make_attempt(make_enrollment(world.course, "jon"), world.assignment))
    with django_capture_on_commit_callbacks(execute=True):
        assert "is being asked" in page(compare="yes")
    assert [(each.task, each.kwargs) for each in sent] == [(tasks.COMPARE_COURSE, {"link_id": link.pk})]
    tasks.compare_course(link.pk)
    shown = page()
    assert "2 grades differ, 1 of which would be sent" in shown
    assert "is not there yet: it is sent" in shown
    assert "has no student there: it waits. Canvas has no student" in shown
    assert canvas.posts == []
    with django_capture_on_commit_callbacks(execute=True):
        assert "are being sent" in page(send="yes")
    assert sent[-1].task == tasks.SYNC_COURSE


def followed(client, world) -> tuple[str, str]:
    """Return what the page asks for while something goes on: the version, and the part that changes."""
    state, live = (client.get(reverse(f"grades-there-{part}", args=[world.course.slug])) for part in ("state", "live"))
    return state.json()["version"], live.content.decode()


@pytest.mark.slow
def test_the_page_follows_a_comparison_and_a_round_with_a_bar(page, client, world, link, canvas):
    graded(make_attempt(make_enrollment(world.course, "jon", email="jon@example.edu"), world.assignment))
    canvas.knows(7, email="jon@example.edu")
    assert "live.js" not in page()
    assert "live.js" in page(compare="yes")
    asked, shown = followed(client, world)
    assert 'data-final="no"' in shown
    assert '<progress aria-label="The learning platform is being asked">' in shown
    tasks.compare_course(link.pk)
    answered, shown = followed(client, world)
    assert answered != asked
    assert 'data-final="yes"' in shown
    assert "Show both sides" in shown
    canvas.once("POST .*update_grades", 503)
    tasks.sync_course(link.pk)
    assert "<progress" in page()
    assert "0 of 2 grades handed over; the others wait" in page()  # Canvas is away: nothing goes on by itself
    Link.objects.update(next_try_at=None)
    assert 'data-final="no"' in followed(client, world)[1]
    tasks.sync_course(link.pk)
    shown = page()
    assert 'max="2" value="2"' in shown
    assert "live.js" not in shown


@pytest.mark.medium
def test_what_was_changed_there_by_hand_is_said_and_left(page, link, canvas):
    play_twice(link)
    assert "both sides are the same" in compared(page, link)
    canvas.scores[ASSIGNMENT, MIRA] = 61.5
    set_points("55")
    shown = compared(page, link)
    assert "1 grade differs, 0 of which would be sent" in shown
    assert "was made or changed there: it is left to staff" in shown
    assert "61.5" in shown
    assert 'name="send"' not in shown
    assert (len(canvas.posts), canvas.scores[ASSIGNMENT, MIRA]) == (1, 61.5)


@pytest.mark.medium
def test_whoever_s_grade_was_not_taken_is_named_with_the_reason(page, world, link, canvas, client):
    graded(make_attempt(make_enrollment(world.course, "jon"), world.assignment))
    canvas.once("POST .*update_grades", 422, {"errors": [{"message": "<b>attempts are used up</b>"}]})
    tasks.sync_course(link.pk)
    shown = page()
    assert "2 grades were not taken there" in shown
    assert "Canvas answered 422: &lt;b&gt;attempts are used up&lt;/b&gt;" in shown
    assert "Canvas has no student" in shown
    elsewhere = re.search(r'href="([^"]*gradedelivery[^"]*)"', shown)[1]
    listed = client.get(elsewhere)
    assert (listed.status_code, listed.context["cl"].result_count) == (200, 2)
    compared(page, link)
    assert "2 grades differ, 0 of which would be sent" in page()
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "de"
    german = page()
    assert german.count("Canvas hat im Kurs keinen Teilnehmer mit dieser E-Mail-Adresse") == 2  # compared, and stopped
    assert "keine Bewertung" in german


@pytest.mark.medium
def test_more_than_a_page_holds_is_counted(page, world, link, canvas, monkeypatch):
    monkeypatch.setattr(comparing, "LISTED", 1)
    graded(make_attempt(make_enrollment(world.course, "jon"), world.assignment))
    shown = compared(page, link)
    assert "2 grades differ, 1 of which would be sent" in shown
    assert "The first 1 are listed." in shown


def test_a_platform_that_does_not_answer_is_said(page, link, canvas):
    canvas.once("GET", 503)
    shown = compared(page, link)
    assert "Canvas answered 503" in shown
    assert 'name="send"' not in shown


def test_what_another_course_there_showed_is_forgotten(page, link, canvas):
    compared(page, link)
    link.refresh_from_db()
    link.canvas_id = 9_999
    save_link(link=link, actor=None, at=NOW, reason="a typing error")
    assert not Comparison.objects.exists()
    tasks.compare_course(link.pk)  # a message that comes late
    assert not Comparison.objects.exists()


def test_a_paused_link_sends_nothing_and_a_course_without_one_says_so(page, link, canvas, sent):
    Link.objects.update(is_paused=True, paused_reason="Grades are being discussed.")
    assert "Grades are being discussed." in page(send="yes")
    assert sent == []


def test_a_course_that_is_linked_nowhere_says_so(page, sent):
    assert "linked to no learning platform" in page(compare="yes")
    assert sent == []


def test_only_who_leads_the_course_asks(world, link):
    with pytest.raises(Refused):
        comparing.ask(link=Link.objects.get(), actor=world.student.account, at=NOW)
