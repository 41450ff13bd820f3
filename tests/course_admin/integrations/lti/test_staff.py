"""What administrators do: a platform registers itself by an invitation, keys are replaced, and the page shows what to paste."""

import json
import re

import pytest
from cryptography.fernet import InvalidToken

from course_admin.courses.models import AuditEvent
from course_admin.identity.guards.sealed import unseal
from course_admin.integrations.lti.keys import PURPOSE, key_set, rotate
from course_admin.integrations.lti.models import OLD_KEY_LASTS, Platform, ToolKey
from tests.course_admin.integrations.lti.fake_platform import HOST
from tests.factories import NOW, make_user

TOOL = "https://purl.imsglobal.org/spec/lti-tool-configuration"


@pytest.fixture
def root(client, db):
    account = make_user("root", is_superuser=True, is_staff=True)
    client.force_login(account)
    return account


def invitation(client) -> str:
    page = client.post("/lti/platforms/", {"invite": ""}).content.decode()
    return re.search(r"\?invitation=([\w-]+)", page)[1]


def register(client, fake, name: str, **told: str):
    asked = {
        "openid_configuration": f"{fake.address}/.well-known/openid-configuration",
        "registration_token": "once-only",
    }
    return client.get("/lti/register/", {"invitation": name, **asked, **told})


def test_the_page_of_platforms_shows_what_to_paste(client, root, platform):
    page = client.get("/lti/platforms/").content.decode()
    for path in ("login/", "launch/", "keys.json"):
        assert f"<code>{HOST}/lti/{path}</code>" in page
    assert "no course yet" in page
    assert "PRIVATE KEY" not in page


def test_a_platform_registers_itself_once_by_an_invitation(client, root, fake):
    name = invitation(client)
    client.logout()  # the platform's administrator opens it, in the platform's frame
    answer = register(client, fake, name)
    assert (answer.status_code, "frame-ancestors https:" in answer.headers["Content-Security-Policy"]) == (200, True)
    assert answer.headers["Cross-Origin-Opener-Policy"] == "unsafe-none"  # its page tells who opened it
    made = Platform.objects.get()
    assert (made.issuer, made.client_id, made.deployments) == (fake.address, "given-by-lms", ["9"])
    assert (made.name, made.jwks_url) == ("moodle at localhost", f"{fake.address}/jwks")
    assert fake.registered["jwks_uri"] == f"{HOST}/lti/keys.json"
    tool = fake.registered[TOOL]
    assert {"name", "email"} <= set(tool["claims"])  # what is not asked for, its list of members leaves out
    assert AuditEvent.objects.get(subject="LTI platform moodle at localhost").actor == root
    assert register(client, fake, name).status_code == 400
    assert register(client, fake, "invented").status_code == 400
    assert Platform.objects.count() == 1


@pytest.mark.medium
@pytest.mark.parametrize(
    ("answer", "client_id", "deployment"),
    [
        ({"client_id": 10_000_000_000_012, TOOL: {"deployment_id": 9}}, "10000000000012", "9"),
        ({"client_id": "7", TOOL: {"deployment_id": ""}}, "7", "not-known-yet-"),
        ({"client_id": "7", TOOL: None}, "7", "not-known-yet-"),
    ],
)
def test_ids_may_be_numbers_and_a_deployment_may_come_later(client, root, fake, answer, client_id, deployment):
    fake.once("POST /register", 200, json.dumps(answer))
    assert register(client, fake, invitation(client)).status_code == 200
    made = Platform.objects.get()
    assert made.client_id == client_id
    assert made.deployment_ids.startswith(deployment)


@pytest.mark.medium
def test_a_platform_that_writes_its_host_in_capitals_registers_as_well(client, root, fake):
    there = fake.address.replace("localhost", "LocalHost")
    names = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "registration_endpoint")
    told = dict(
        zip(names, (there, *(f"{there}/{each}" for each in ("auth", "token", "jwks", "register"))), strict=True)
    )
    fake.once("openid-configuration", 200, json.dumps(told))
    assert register(client, fake, invitation(client)).status_code == 200
    made = Platform.objects.get()
    assert (made.issuer, made.auth_audience) == (there, f"{there}/token")  # to the letter, as its launches say it
    assert (made.auth_access_url, made.jwks_url) == (f"{fake.address}/token", f"{fake.address}/jwks")


@pytest.mark.medium
@pytest.mark.parametrize("client_id", [None, True, "", ["7"], "a\nb"])
def test_who_gives_us_no_client_id_is_not_registered(client, root, fake, client_id):
    fake.once("POST /register", 200, json.dumps({"client_id": client_id}))
    assert "does not say its client_id" in register(client, fake, invitation(client)).content.decode()
    assert not Platform.objects.exists()


def test_a_configuration_speaks_for_its_own_host_only(client, root, fake):
    body = '{"issuer": "https://elsewhere.example.edu", "registration_endpoint": "https://elsewhere.example.edu/r"}'
    fake.once("openid-configuration", 200, body)
    assert "another host" in register(client, fake, invitation(client)).content.decode()
    assert not Platform.objects.exists()


@pytest.mark.medium
@pytest.mark.parametrize("url", ["", "http://10.0.0.1/x", "ftp://lms/", "https://[::1", "http://localhost:1/x"])
def test_a_configuration_that_cannot_be_read_registers_nothing(client, root, fake, url):
    assert register(client, fake, invitation(client), openid_configuration=url).status_code == 400
    assert not Platform.objects.exists()


@pytest.mark.medium
def test_keys_are_sealed_replaced_and_published_for_a_while(client, root, settings):
    first = rotate(actor=None, at=NOW, reason="first")
    assert "PRIVATE" not in first.sealed
    assert unseal(first.sealed, PURPOSE).startswith("-----BEGIN PRIVATE KEY")
    client.post("/lti/platforms/", {"rotate": ""})
    second = ToolKey.objects.get(ended_at__isnull=True)
    assert second != first
    first.refresh_from_db()
    kids = [each["kid"] for each in key_set(first.ended_at + OLD_KEY_LASTS / 2)["keys"]]
    assert kids == [second.kid, first.kid]
    assert [each["kid"] for each in key_set(first.ended_at + OLD_KEY_LASTS)["keys"]] == [second.kid]
    assert "sealed" not in str(AuditEvent.objects.filter(subject="our LTI key").values())
    settings.SECRET_KEY = "another"
    with pytest.raises(InvalidToken):
        unseal(second.sealed, PURPOSE)
