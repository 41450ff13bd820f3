"""Webhooks come before everything that is for people: `course_admin/web/hooks.py`."""

import json

import pytest
from django.conf import settings
from django.test import Client

from course_admin.integrations.github.signature import sign
from course_admin.submissions.models import Push
from tests.course_admin.integrations.github.test_webhooks import DELIVERY, PAYLOAD, SECRET

URL = "/hooks/github/"


def deliver(client: Client, url: str = URL, **more):
    body = json.dumps(PAYLOAD).encode()
    headers = {"X-Hub-Signature-256": sign(body, SECRET), "X-GitHub-Delivery": DELIVERY, "X-GitHub-Event": "push"}
    return client.post(url, body, content_type="application/json", headers=headers, **more)


@pytest.fixture
def people_only(monkeypatch):
    """Let every middleware that is for people be one that fails."""

    class ForPeople:
        def __init__(self, get_response):
            self.get_response = get_response

        def __call__(self, request):
            raise AssertionError(f"{request.path} came to what is for people")

    monkeypatch.setattr("django.contrib.sessions.middleware.SessionMiddleware", ForPeople)


def test_a_webhook_meets_no_session_no_log_in_and_no_second_factor(world, people_only):
    client = Client()
    assert deliver(client).status_code == 202
    assert Push.objects.count() == 1
    with pytest.raises(AssertionError, match="/courses/ came to what is for people"):
        client.get("/courses/")


def test_what_makes_an_answer_safe_holds_for_webhooks(world, settings):
    settings.SECURE_SSL_REDIRECT = True
    assert deliver(Client(), secure=True).headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert deliver(Client()).status_code == 301
    assert deliver(Client(), secure=True, SERVER_NAME="evil.example").status_code == 400


@pytest.mark.parametrize("url", ["/hooks/", "/hooks/nobody/", "/hooks/github", "/hooks/%00/"])
def test_an_address_that_is_no_webhook_is_answered_as_any_other(db, url):
    assert deliver(Client(), url).status_code in (301, 400, 404, 500)
    assert not Push.objects.exists()


def test_it_stands_before_what_is_for_people_and_behind_what_is_for_all():
    order = [name.rpartition(".")[2] for name in settings.MIDDLEWARE]
    place = order.index("HooksFirst")
    assert {"SecurityMiddleware", "ContentSecurityPolicy", "MalformedRequests"} <= set(order[:place])
    assert {"SessionMiddleware", "CsrfViewMiddleware", "AuthenticationMiddleware"} <= set(order[place:])
