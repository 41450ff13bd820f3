"""The page Canvas of a course, as who leads it uses it."""

import pytest
from django.urls import reverse

from course_admin.courses.models import Role
from course_admin.integrations.canvas.models import CanvasCourse, CourseToken
from course_admin.integrations.outbox.tasks import SYNC_COURSE
from tests.course_admin.integrations.canvas.fake_canvas import play
from tests.factories import make_enrollment

OWN = "7~0wnOfTheInstructor"


@pytest.fixture
def page(world, client, settings):
    """Return what opens the page, or with something to post, posts it and follows."""
    settings.ASSAY_CANVAS_COURSE_HOSTS = ["canvas.example.edu"]
    client.force_login(make_enrollment(world.course, "teacher", Role.INSTRUCTOR).account)
    url = reverse("canvas-course", args=[world.course.slug])

    def ask(**data: str) -> str:
        answer = client.post(url, data, follow=True) if data else client.get(url)
        assert answer.status_code == 200
        return answer.content.decode()

    return ask


@pytest.mark.slow
def test_a_token_is_entered_never_shown_and_tried_at_once(page, sent, world, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        html = page(keep="", host="canvas.example.edu", number="4210", token=OWN)
    assert "The token is kept" in html
    assert OWN not in html
    assert "https://canvas.example.edu/courses/4210" in html
    assert [(each.task, each.kwargs) for each in sent] == [(SYNC_COURSE, {"link_id": CanvasCourse.objects.get().pk})]
    html = page(remove="")
    assert "Revoke it in Canvas as well" in html
    assert "nothing is sent" in html
    assert not CourseToken.objects.exists()


def test_what_is_wrong_is_said_and_not_written_back(page):
    html = page(keep="", host="evil.example", number="4210", token=OWN)
    assert "evil.example is not one of the available choices" in html
    assert OWN not in html
    html = page(keep="", host="canvas.example.edu", number="4210", token="two words")
    assert "Copy the token from Canvas as it is" in html
    assert "two words" not in html
    assert not CanvasCourse.objects.exists()


def test_a_refused_token_is_said_with_what_becomes_of_the_grades(page, link, canvas, settings):
    settings.ASSAY_CANVAS_COURSE_HOSTS = [canvas.host]
    page(keep="", token=OWN)
    canvas.token, canvas.is_revoked = OWN, True
    play(link)
    html = page()
    assert "Canvas no longer takes our token" in html
    assert "no grade is lost" in html
    assert "<b>1</b> waiting" in html


def test_an_administrators_link_asks_for_no_place(page, link, canvas, settings):
    settings.ASSAY_CANVAS_COURSE_HOSTS = [canvas.host]
    html = page()
    assert 'name="token"' in html
    assert 'name="number"' not in html
    page(keep="", token=OWN, host="canvas.example.edu", number="1")
    link.refresh_from_db()
    assert (link.canvas_id, CourseToken.objects.count()) == (4210, 1)


def test_where_no_host_is_allowed_there_is_no_form(page, settings):
    settings.ASSAY_CANVAS_COURSE_HOSTS = []
    assert 'name="token"' not in page()
    assert not CanvasCourse.objects.exists()


def test_the_page_of_downloads_leads_there(page, client, world):
    html = client.get(reverse("gradebook-export", args=[world.course.slug])).content.decode()
    assert reverse("canvas-course", args=[world.course.slug]) in html
