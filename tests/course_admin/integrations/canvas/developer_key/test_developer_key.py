"""A developer key: connected by who leads the course, renewed by itself, given back when it is removed."""

import html
import json
import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from course_admin.courses.models import AuditEvent, Enrollment, Role
from course_admin.integrations.canvas import tasks
from course_admin.integrations.canvas.developer_key import revoking
from course_admin.integrations.canvas.developer_key.keys import keep_key
from course_admin.integrations.canvas.developer_key.views import STATE
from course_admin.integrations.canvas.models import CourseToken, DeveloperKey, Revocation
from course_admin.integrations.canvas.own_token import bearer
from course_admin.integrations.canvas.own_token.tokens import NotToKeep, keep_token, remove_token
from course_admin.integrations.outbox.models import Link
from course_admin.liveness.models import Sign
from course_admin.policy import Refused
from tests.course_admin.integrations.canvas.fake_canvas import ROUND, play, play_twice, set_points, states
from tests.factories import NOW, make_course, make_enrollment

ID, SECRET = "10000000000007", "s3cretOfTheKey+/="
DECLINED, NOT_BEGUN = "access was declined", "belongs to nothing that you began"


@pytest.fixture
def teacher(world):
    return make_enrollment(world.course, "teacher", Role.INSTRUCTOR).account


@pytest.fixture
def key(world, link, canvas, teacher, settings) -> DeveloperKey:
    """Return the kept developer key of the course."""
    settings.ASSAY_CANVAS_COURSE_HOSTS = [canvas.host]
    canvas.key = (ID, SECRET)
    return keep_key(course=world.course, place=None, client_id=ID, secret=SECRET, actor=teacher, at=NOW)


class Browser:
    """The browser of who leads a course, on its way to Canvas and back."""

    def __init__(self, client, course, canvas) -> None:
        self.client, self.course, self._canvas = client, course, canvas

    def goes(self, *, declines: bool = False) -> dict[str, str]:
        """Go to Canvas; return what Canvas sends it back with."""
        shown = self.client.post(reverse("canvas-connect", args=[self.course.slug])).content.decode()
        found = re.search(r'href="([^"]+/login/oauth2/auth[^"]+)"', shown)
        assert found
        return self._canvas.consents(html.unescape(found[1]), declines=declines)

    def comes_back(self, **told: str) -> str:
        """Come back from Canvas; return the page."""
        url = reverse("canvas-connected", args=[self.course.slug])
        return self.client.get(url, told, follow=True).content.decode()


@pytest.fixture
def browser(client, world, teacher, canvas) -> Browser:
    client.force_login(teacher)
    return Browser(client, world.course, canvas)


@pytest.fixture
def connected(key, browser) -> CourseToken:
    """Return the token of a course that was connected."""
    browser.comes_back(**browser.goes())
    tasks.connect(key.pk)
    return CourseToken.objects.get()


@pytest.mark.slow
@pytest.mark.rows
def test_a_course_is_connected_and_its_grades_go_by_the_granted_token(connected, link, teacher):
    assert connected.entered_by == teacher
    assert 3000 < (connected.expires_at - timezone.now()).total_seconds() <= 3600
    play_twice(link)
    assert states() == [("confirmed", "50.00")]


@pytest.mark.medium
def test_no_secret_is_to_be_read(connected, browser, canvas, sent, caplog, world):
    kept = [*DeveloperKey.objects.values(), *CourseToken.objects.values(), *AuditEvent.objects.values()]
    page = browser.client.get(reverse("canvas-course", args=[world.course.slug])).content.decode()
    told = json.dumps(kept, default=str) + repr(sent) + caplog.text + page
    for secret in (SECRET, canvas.token, canvas.refresh):
        assert secret not in told
    events = json.dumps(list(AuditEvent.objects.values()), default=str)
    assert DeveloperKey.objects.get().sealed not in events
    assert connected.sealed_refresh not in events
    assert DeveloperKey.objects.get().sealed_code == ""


@pytest.mark.slow
@pytest.mark.parametrize("is_known_here", [True, False])
def test_a_token_that_ran_out_is_renewed_by_our_clock_or_at_canvass_word(connected, link, canvas, is_known_here):
    canvas.ends_its_token()
    if is_known_here:
        CourseToken.objects.update(expires_at=timezone.now() + timedelta(seconds=5))
    play_twice(link)
    assert states() == [("confirmed", "50.00")]
    renewed = CourseToken.objects.get()
    assert renewed.sealed != connected.sealed
    assert renewed.sealed_refresh == connected.sealed_refresh
    assert (renewed.expires_at - timezone.now()).total_seconds() > 3000
    assert len(canvas.posts) == 1


@pytest.mark.slow
def test_what_is_no_longer_renewed_stops_in_a_sentence_and_connecting_again_sends_the_rest(
    connected, key, link, canvas, browser
):
    canvas.ends_its_token()
    canvas.refresh = ""
    play(link)
    stopped = Link.objects.get()
    assert stopped.is_paused
    assert stopped.paused_reason.startswith("Canvas no longer renews the course's access")
    assert CourseToken.objects.get().problem == stopped.paused_reason
    assert states() == [("waiting", "50.00")]
    browser.comes_back(**browser.goes())
    tasks.connect(key.pk)
    play_twice(link)
    assert states() == [("confirmed", "50.00")]


@pytest.mark.slow
def test_a_canvas_that_is_away_while_it_should_renew_is_waited_for(connected, link, canvas):
    CourseToken.objects.update(expires_at=timezone.now())
    canvas.once("POST /login/oauth2/token", 503)
    play(link)
    waiting = Link.objects.get()
    assert (waiting.is_paused, waiting.away_since, states()) == (False, NOW, [("waiting", "50.00")])
    play(link, NOW + ROUND)
    play(link, NOW + 2 * ROUND)
    assert states() == [("confirmed", "50.00")]


@pytest.mark.medium
def test_another_workers_renewal_is_taken_and_none_asked_for(connected, link, canvas, monkeypatch):
    """Both held the same token; the other one renewed it first, which ended ours."""
    real = bearer.bearer_of

    def overtaken(link):
        found = real(link)
        canvas.ends_its_token()
        bearer.renewed(found.own)
        return found

    monkeypatch.setattr("course_admin.integrations.canvas.lms.bearer_of", overtaken)
    play(link)
    renewals = [each for each in canvas.asked if each.form.get("grant_type") == "refresh_token"]
    assert (len(renewals), states()) == (1, [("sent", "50.00")])


# --- the way back ---


@pytest.mark.medium
def test_an_answer_that_was_not_begun_here_is_not_taken(key, browser, sent):
    told = browser.goes()
    for state in ("", "x", told["state"] + "x", "\N{LATIN SMALL LETTER E WITH ACUTE}" * 5):
        assert NOT_BEGUN in browser.comes_back(code=told["code"], state=state)
    assert (DeveloperKey.objects.get().sealed_code, sent) == ("", [])


def test_an_answer_is_taken_once(key, browser):
    told = browser.goes()
    assert "Canvas is being asked" in browser.comes_back(**told)
    assert NOT_BEGUN in browser.comes_back(**told)


@pytest.mark.medium
def test_an_answer_that_comes_late_or_for_another_course_or_to_another_browser_is_not_taken(
    key, browser, canvas, teacher, client
):
    told = browser.goes()
    other = make_course("other")
    make_enrollment(other, "elsewhere", Role.INSTRUCTOR)
    Enrollment.objects.filter(course=other).update(account=teacher)
    assert NOT_BEGUN in Browser(client, other, canvas).comes_back(**told)
    session = client.session
    session[STATE] = [*session[STATE][:3], (timezone.now() - timedelta(minutes=11)).isoformat()]
    session.save()
    assert NOT_BEGUN in browser.comes_back(**told)
    told = browser.goes()
    client.logout()
    client.force_login(teacher)
    assert NOT_BEGUN in browser.comes_back(**told)
    assert DeveloperKey.objects.get().sealed_code == ""


def test_who_says_no_connects_nothing(key, browser, sent):
    assert DECLINED in browser.comes_back(**browser.goes(declines=True))
    assert (DeveloperKey.objects.get().sealed_code, sent) == ("", [])


@pytest.mark.medium
@pytest.mark.parametrize("code", ["", "two words", "x" * 5000, "\N{SNOWMAN}"])
def test_what_is_no_code_connects_nothing(key, browser, code):
    assert DECLINED in browser.comes_back(**browser.goes() | {"code": code})
    assert DeveloperKey.objects.get().sealed_code == ""


@pytest.mark.medium
def test_a_wrong_key_and_a_used_code_are_said(key, browser, canvas):
    told = browser.goes()
    canvas.key = (ID, "another")
    browser.comes_back(**told)
    tasks.connect(key.pk)
    assert DeveloperKey.objects.get().problem.startswith("Canvas does not take the developer key")
    canvas.key = (ID, SECRET)
    browser.comes_back(**browser.goes())
    canvas.codes.clear()
    tasks.connect(key.pk)
    assert "connect the course with Canvas again" in DeveloperKey.objects.get().problem
    asked = len(canvas.asked)
    tasks.connect(key.pk)  # the same message once more
    assert (len(canvas.asked), CourseToken.objects.count()) == (asked, 0)


@pytest.mark.medium
@pytest.mark.parametrize(
    "answer",
    [
        "no JSON",
        "[]",
        "[" * 100_000,
        {"access_token": 5, "expires_in": 3600, "refresh_token": "r"},
        {"access_token": "a\nb", "expires_in": 3600, "refresh_token": "r"},
        {"access_token": "a", "expires_in": "soon", "refresh_token": "r"},
        {"access_token": "a", "expires_in": True, "refresh_token": "r"},
        {"access_token": "a", "expires_in": 3600},
    ],
    ids=range(8),
)
def test_an_answer_of_another_shape_is_said_and_nothing_kept(key, browser, canvas, answer):
    browser.comes_back(**browser.goes())
    canvas.once("POST /login/oauth2/token", 200, answer)
    tasks.connect(key.pk)
    assert DeveloperKey.objects.get().problem
    assert not CourseToken.objects.exists()


@pytest.mark.medium
@pytest.mark.parametrize("gone", ["account", "role", "key"])
def test_what_was_taken_away_while_canvas_was_asked_grants_nothing(key, browser, world, teacher, gone):
    browser.comes_back(**browser.goes())
    if gone == "account":
        DeveloperKey.objects.update(connected_by=None)
    elif gone == "role":
        teacher.enrollments.update(role=Role.STUDENT)
    else:
        remove_token(course=world.course, actor=teacher, at=NOW)
    tasks.connect(key.pk)
    assert not CourseToken.objects.exists()


# --- entering and removing ---


def test_only_who_leads_the_course_enters_a_key_and_only_for_an_allowed_host(world, key, settings, teacher):
    told = {"course": world.course, "place": None, "client_id": ID, "secret": SECRET, "at": NOW}
    with pytest.raises(Refused):
        keep_key(actor=world.student.account, **told)
    settings.ASSAY_CANVAS_COURSE_HOSTS = []
    with pytest.raises(NotToKeep, match="does not let tokens of courses go to"):
        keep_key(actor=teacher, **told)


def test_the_page_keeps_a_key_and_never_writes_it_back(browser, link, canvas, settings, world):
    settings.ASSAY_CANVAS_COURSE_HOSTS = [canvas.host]
    page = reverse("canvas-course", args=[world.course.slug])
    told = {"keep_key": "", "key-client_id": ID, "key-secret": "two words"}
    refused = browser.client.post(page, told).content.decode()
    assert "without a space" in refused
    assert "two words" not in refused
    kept = browser.client.post(page, told | {"key-secret": SECRET}, follow=True).content.decode()
    assert "The developer key is kept" in kept
    assert SECRET not in kept


@pytest.mark.medium
@pytest.mark.parametrize("how", ["removed", "replaced by a token", "replaced by a key", "connected again"])
def test_a_granted_token_that_nobody_needs_is_given_back(connected, key, browser, world, canvas, teacher, how):
    granted, refresh = canvas.token, canvas.refresh
    both = {"course": world.course, "actor": teacher, "at": NOW}
    if how == "removed":
        remove_token(**both)
    elif how == "replaced by a token":
        keep_token(place=None, token="7~byHand", **both)
    elif how == "replaced by a key":
        keep_key(place=None, client_id="8", secret="other", **both)
    else:
        browser.comes_back(**browser.goes())
        tasks.connect(key.pk)
        canvas.token, canvas.refresh = granted, refresh  # the fake knows one at a time
    assert granted not in json.dumps(list(Revocation.objects.values()), default=str)
    Sign.objects.all().delete()
    tasks.revoke()
    assert (canvas.given_back, Revocation.objects.count()) == ([granted], 0)


@pytest.mark.medium
def test_a_token_that_ran_out_is_renewed_to_be_given_back_and_a_canvas_that_is_away_waited_for(
    connected, world, canvas, teacher
):
    canvas.ends_its_token()
    remove_token(course=world.course, actor=teacher, at=NOW)
    canvas.once("DELETE /login/oauth2/token", 503)
    revoking.revoke_all(NOW)
    assert (canvas.given_back, Revocation.objects.count()) == ([], 1)
    revoking.revoke_all(NOW + ROUND)
    assert (len(canvas.given_back), Revocation.objects.count()) == (1, 0)


@pytest.mark.medium
def test_what_canvas_never_takes_back_is_not_kept_for_ever(connected, world, canvas, teacher):
    remove_token(course=world.course, actor=teacher, at=NOW)
    canvas.once("DELETE /login/oauth2/token", 503)
    revoking.revoke_all(NOW + timedelta(days=8))
    assert not Revocation.objects.exists()


@pytest.mark.medium
def test_nothing_goes_by_a_token_whose_key_was_removed(connected, link, world, canvas, teacher):
    remove_token(course=world.course, actor=teacher, at=NOW)
    assert not DeveloperKey.objects.exists()
    set_points("60")
    canvas.asked.clear()
    play(link, NOW + ROUND)
    assert "granted" not in "".join(each.headers.get("Authorization", "") for each in canvas.asked)
