"""Assay as a GitHub App: who it is, its tokens, its limits: `course_admin/integrations/github/app/`."""

import io
import logging
from datetime import datetime, timedelta

import jwt
import pytest
from django.core.management import CommandError, call_command

from course_admin.back_office.readiness import service_problems
from course_admin.integrations.github.app.answers import NotPermitted, Rejected, TryLater, limit_seconds
from course_admin.integrations.github.app.client import Access, github
from course_admin.integrations.github.app.credentials import credentials
from course_admin.integrations.safe_http import Answer
from tests.course_admin.integrations.github.fake_github import CLIENT_ID, INSTALLATION, KEY, PEM
from tests.factories import NOW

READ = Access(INSTALLATION, (("contents", "read"),))
INSTALLED = "/repos/tinytorch-class/m01-mira/installation"


class Clock:
    """A clock that a test sets."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock(hub) -> Clock:
    hub.now = Clock(NOW)
    return hub.now


def asked_for_tokens(hub) -> int:
    return sum("access_tokens" in each for each in hub.asked)


def test_the_jwt_is_ours_and_holds_for_nine_minutes_with_a_minute_for_clocks_that_differ(app):
    claims = jwt.decode(credentials().token(NOW), KEY.public_key(), algorithms=["RS256"], options={"verify_exp": False})
    at = int(NOW.timestamp())
    assert claims == {"iss": CLIENT_ID, "iat": at - 60, "exp": at + 540}


@pytest.mark.parametrize("off", [-50, 50])
def test_github_takes_it_although_its_clock_is_off(hub, clock, off):
    ours = clock.at + timedelta(seconds=off)
    with github(lambda: ours) as asking:
        assert asking.as_app("GET", INSTALLED)["id"] == INSTALLATION


def test_a_token_is_asked_for_once_and_replaced_before_it_ends(hub, clock):
    with github(clock) as asking:
        first = asking.token(READ)
        clock.at += timedelta(minutes=54)
        assert asking.token(READ) == first
        clock.at += timedelta(minutes=2)  # four minutes of it are left
        assert asking.token(READ) != first
    assert asked_for_tokens(hub) == 2


def test_a_token_can_do_what_it_was_asked_for_and_nothing_else(hub, clock):
    hub.has("tinytorch-class/m01-mira", 7)
    with github(clock) as asking:
        token = asking.token(Access(INSTALLATION, (("contents", "read"),), 7))
    assert (hub.tokens[token].permissions, hub.tokens[token].repositories) == ({"contents": "read"}, [7])


def test_more_than_was_granted_is_refused_for_good(hub, clock):
    hub.permissions = {"contents": "read"}
    with github(clock) as asking, pytest.raises(Rejected, match="not granted"):
        asking.token(Access(INSTALLATION, (("checks", "write"),)))


def test_a_wrong_key_is_a_sentence_and_not_tried_for_ever(hub, clock, settings):
    settings.ASSAY_GITHUB_APP_ID = "another app"
    with github(clock) as asking, pytest.raises(NotPermitted, match="401"):
        asking.token(READ)
    assert len(hub.asked) == 1


def test_no_token_stands_in_an_error_or_the_log(hub, clock, caplog):
    caplog.set_level(logging.DEBUG)
    with github(clock) as asking:
        token = asking.token(READ)
        with pytest.raises(Rejected) as problem:
            asking.as_installation(READ, "GET", "/nowhere")
    assert token not in f"{problem.value} {caplog.text}"
    assert PEM[40:80] not in repr(credentials())


def answered(status: int, body: bytes = b"", **headers: str) -> Answer:
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, body)


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [
        (answered(403, retry_after="30"), 30),
        (answered(429, retry_after="7", x_ratelimit_remaining="0", x_ratelimit_reset="9999999999"), 7),
        (answered(403, x_ratelimit_remaining="0", x_ratelimit_reset=str(int(NOW.timestamp()) + 90)), 90),
        (answered(403, x_ratelimit_remaining="0", x_ratelimit_reset=str(int(NOW.timestamp()) - 90)), 1),
        (answered(403, x_ratelimit_remaining="0", x_ratelimit_reset="99999999999"), 3600),
        (answered(403, b'{"message": "You have exceeded a secondary rate limit."}'), 60),
        (answered(429), 60),
        (answered(403, retry_after="soon"), 60),
        (answered(403, b'{"message": "Resource not accessible by integration"}', x_ratelimit_remaining="4999"), None),
        (answered(500, retry_after="30"), None),
        (answered(404), None),
    ],
)
def test_a_limit_says_how_long_to_wait(answer, seconds):
    assert limit_seconds(answer, NOW) == seconds


def test_a_limit_is_no_lack_of_permission(hub, clock):
    hub.once("GET", 403, {"message": "API rate limit exceeded"}, retry_after="12")
    with github(clock) as asking, pytest.raises(TryLater) as problem:
        asking.as_app("GET", INSTALLED)
    assert (problem.value.seconds, problem.value.is_limit) == (12, True)


@pytest.mark.medium
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"ASSAY_GITHUB_APP_KEY": ""}, "set ASSAY_GITHUB_APP_KEY"),
        ({"ASSAY_GITHUB_APP_ID": ""}, "set ASSAY_GITHUB_APP_ID"),
        ({"ASSAY_GITHUB_APP_KEY": "-----BEGIN RSA PRIVATE KEY-----\nAAAA"}, "no RSA private key"),
        ({"ASSAY_WEBHOOK_SECRETS": []}, "set ASSAY_WEBHOOK_SECRETS"),
        ({"ASSAY_GITHUB_API_URL": "ftp://github.example"}, "ASSAY_GITHUB_API_URL"),
    ],
)
def test_half_an_app_is_said_under_problems_and_in_status(db, app, settings, changes, words):
    assert not [each for each in service_problems(NOW) if "GitHub App" in each or "GITHUB" in each]
    for name, value in changes.items():
        setattr(settings, name, value)
    assert [each for each in service_problems(NOW) if words in each]
    with pytest.raises(CommandError, match=words):
        call_command("status", stdout=io.StringIO())


def test_no_app_at_all_is_no_problem(db, settings):
    assert not settings.ASSAY_GITHUB_APP_ID
    assert not [each for each in service_problems(NOW) if "GITHUB" in each]
