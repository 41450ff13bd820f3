"""Another identity is joined to an account by a POST: `course_admin/identity/guards/connecting.py`."""

import re

import pytest
from django.test import Client


@pytest.fixture
def github(settings):
    """Configure GitHub's OAuth app."""
    app = {"client_id": "id", "secret": "secret", "key": ""}
    settings.SOCIALACCOUNT_PROVIDERS = {**settings.SOCIALACCOUNT_PROVIDERS, "github": {"APPS": [app]}}


@pytest.mark.parametrize("method", ["get", "head"])
def test_a_link_from_elsewhere_connects_no_account(client, world, github, method):
    """Only a button of ours does: a picture on a foreign page is a request, too."""
    client.force_login(world.student.account)
    answer = getattr(client, method)("/accounts/github/login/?process=connect")
    assert answer.status_code == 200
    assert "Location" not in answer.headers
    assert not any("socialaccount" in str(key) for key in client.session.keys())  # noqa: SIM118 - a session is no dict


def test_connecting_an_account_is_a_post_with_a_token(world, github):
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.student.account)
    url = "/accounts/github/login/?process=connect"
    assert client.post(url).status_code == 403
    page = client.get(url).content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page).group(1)
    answer = client.post(url, {"csrfmiddlewaretoken": token})
    assert answer.status_code == 200, "our policy forbids a form's answer to lead elsewhere: a page does"
    assert re.search(r'http-equiv="refresh" content="0; url=https://github\.com/login/oauth/', answer.content.decode())
