"""Logging in by SAML: a real identity provider signs, and what it left open or somebody changed is not believed."""

import base64
import zlib
from dataclasses import replace
from urllib.parse import parse_qs, urlparse
from xml.etree import ElementTree

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers import registry
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import include, path
from onelogin.saml2.constants import OneLogin_Saml2_Constants

from course_admin import urls
from course_admin.identity.models import User
from course_admin.identity.saml.provider import StrictProvider
from course_admin.identity.saml.views import MAX_ANSWER_BYTES
from course_admin.settings import env
from tests.course_admin.identity.saml_university import (
    ACS_URL,
    EMAIL,
    ENTITY_ID,
    HOST,
    SSO_URL,
    UID,
    US,
    Answer,
    environment,
    metadata,
    posted,
)

LOGIN = "/accounts/saml/university/login/"
ACS = "/accounts/saml/university/acs/"
#: As course_admin.urls are where SAML is configured.
urlpatterns = [
    path("accounts/saml/<slug:organization_slug>/", include("course_admin.identity.saml.urls")),
    *urls.urlpatterns,
]


@pytest.fixture
def saml(settings, monkeypatch):
    """SAML as the environment configures it: its app, its addresses, its provider."""
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    settings.SOCIALACCOUNT_PROVIDERS = {"saml": {"APPS": env.saml_apps()}}
    settings.ROOT_URLCONF = __name__
    settings.ALLOWED_HOSTS = [HOST]
    monkeypatch.setitem(registry.provider_map, StrictProvider.id, StrictProvider)
    return settings.SOCIALACCOUNT_PROVIDERS["saml"]["APPS"][0]


def browser(**headers: str) -> Client:
    return Client(headers={"host": HOST, **headers})  # every browser sends it, and python3-saml reads it


@pytest.fixture
def client():
    return browser()


@pytest.fixture
def place(world):
    """Mira's place, which nobody has."""
    world.student.account = None
    world.student.save()
    return world.student


def again(thing):
    thing.refresh_from_db()
    return thing


def ask(client: Client) -> str:
    """Go to the university; return the id of the request."""
    away = client.get(LOGIN)
    assert away.status_code == 302, away.content.decode()
    assert away.headers["Location"].startswith(SSO_URL)
    request = parse_qs(urlparse(away.headers["Location"]).query)["SAMLRequest"][0]
    return ElementTree.fromstring(zlib.decompress(base64.b64decode(request), -15)).attrib["ID"]


def come_back(client: Client, text: str, **headers: str):
    """Bring an answer: the university's page posts it without our session, which waits at the next address."""
    received = browser(**headers).post(ACS, posted(text))
    assert received.status_code == 302
    client.cookies["saml-acs-session"] = received.cookies["saml-acs-session"].value
    return client.get(received.headers["Location"], follow=True)


def log_in(client: Client, **changes):
    return come_back(client, Answer(request_id=ask(client), **changes).text())


def viewer(client: Client) -> User | None:
    key = client.session.get("_auth_user_id")
    return User.objects.get(pk=key) if key else None


# --- who comes in ---


@pytest.mark.medium
def test_a_student_on_a_roster_comes_in_and_is_known_the_next_time(client, place, saml):
    page = log_in(client)
    assert page.status_code == 200
    assert viewer(client) == again(place).account
    assert f"/grades/{place.pk}/" in page.content.decode()
    client.logout()
    log_in(client)
    assert viewer(client) == place.account
    known = SocialAccount.objects.get()
    assert (known.provider, known.uid) == (ENTITY_ID, "u-1@example.edu")
    assert known.extra_data == {"email": place.email, "name": "Mira Okafor"}
    assert client.get("/accounts/identities/").status_code == 200


def test_who_is_on_no_roster_gets_no_account_and_the_next_step(client, db, saml):
    page = log_in(client)
    assert "You are not on a roster yet" in page.content.decode()
    assert viewer(client) is None
    assert not User.objects.exists()


def test_an_address_of_another_domain_proves_nothing(client, place, saml):
    place.email = "mira@example.com"
    place.save()
    log_in(client, attributes={UID: "u-1", EMAIL: place.email})
    assert viewer(client) is None
    assert again(place).account is None


def test_an_address_alone_never_opens_an_account_that_is_there(client, world, saml):
    User.objects.filter(pk=world.student.account.pk).update(email=world.student.email)
    log_in(client)
    assert viewer(client) is None


def test_a_comment_inside_a_value_does_not_cut_it(client, place, saml):
    addresses = {UID: "u-1", EMAIL: f"{place.email}.example.com"}
    answer = Answer(request_id=ask(client), attributes=addresses).text()
    page = come_back(client, answer.replace(f"{place.email}.", f"{place.email}<!-- -->."))
    assert "You are not on a roster yet" in page.content.decode()
    assert viewer(client) is None


@pytest.mark.slow
def test_who_has_a_second_factor_is_asked_for_it(client, place, saml):
    log_in(client)
    TOTP.activate(viewer(client), "JBSWY3DPEHPK3PXP")
    client.logout()
    assert log_in(client).redirect_chain[-1][0] == "/accounts/second-factor/authenticate/"
    assert viewer(client) is None


def test_behind_a_proxy_that_ends_tls_our_addresses_are_https(place, saml, settings):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    proxied = {"X-Forwarded-Proto": "https"}
    client, ours = browser(**proxied), ACS_URL.replace("http:", "https:")
    right = {"audience": US.replace("http:", "https:"), "recipient": ours, "destination": ours}
    come_back(client, Answer(request_id=ask(client), **right).text(), **proxied)
    assert viewer(client) == again(place).account


# --- what is not believed ---

SHA1 = OneLogin_Saml2_Constants.RSA_SHA1, OneLogin_Saml2_Constants.SHA1
WRONG = {
    "signed with another key": {"signer": "somebody"},
    "not signed": {"is_signed": False},
    "signed around the assertion only": {"is_signed": False, "is_signed_around": True},
    "signed by SHA-1": {"algorithm": SHA1[0]},
    "digested by SHA-1": {"digest": SHA1[1]},
    "of another issuer": {"issuer": "https://login.example.com/saml"},
    "for another audience": {"audience": "https://elsewhere.example.edu/saml"},
    "for no audience": {"audience": ""},
    "for another recipient": {"recipient": "https://elsewhere.example.edu/acs"},
    "for more than our recipient": {"recipient": f"https://elsewhere.example.edu/?{ACS_URL}"},
    "for no recipient": {"recipient": ""},
    "for another destination": {"destination": "https://elsewhere.example.edu/acs"},
    "expired": {"until_minutes": -10},
    "signed for another request": {"confirms": "_another"},
    "signed for no request": {"confirms": ""},
    "about nobody": {"attributes": {EMAIL: "mira-okafor@example.edu"}},
}


@pytest.mark.medium
@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG)
def test_an_answer_that_is_wrong_in_one_respect_is_refused(client, place, saml, change):
    page = log_in(client, **change)
    assert page.status_code == 401
    assert "The log-in did not work" in page.content.decode()
    assert viewer(client) is None
    assert not SocialAccount.objects.exists()


def test_what_was_signed_cannot_be_changed(client, place, saml):
    answer = Answer(request_id=ask(client), attributes={UID: "u-2", EMAIL: "eve@example.edu"}).text()
    assert come_back(client, answer.replace("eve@", "mira-okafor@")).status_code == 401
    assert viewer(client) is None


def test_a_second_assertion_beside_the_signed_one_is_refused(client, place, saml):
    right = Answer(request_id=ask(client), attributes={UID: "u-2", EMAIL: "eve@example.edu"})
    other = replace(right, is_signed=False, attributes={UID: "u-1", EMAIL: place.email}).assertion()
    other = other.replace('ID="_assertion"', 'ID="_other"')
    status = "</samlp:Status>"
    assert come_back(client, right.text().replace(status, status + other)).status_code == 401
    assert viewer(client) is None


@pytest.mark.medium
def test_an_answer_counts_once_and_in_the_browser_that_asked(client, place, saml):
    answer = Answer(request_id=ask(client)).text()
    thief = browser()
    ask(thief)
    assert come_back(thief, answer).status_code == 401
    assert come_back(client, answer).status_code == 200
    client.logout()
    assert come_back(client, answer).status_code == 401
    ask(client)
    assert come_back(client, answer).status_code == 401
    assert viewer(client) is None


def test_an_answer_that_nobody_asked_for_is_refused(client, place, saml):
    assert come_back(client, Answer(request_id="").text()).status_code == 401
    assert come_back(client, Answer(request_id="_invented").text()).status_code == 401
    assert client.get("/accounts/saml/university/acs/finish/").status_code == 401
    assert viewer(client) is None


JUNK = {
    "nothing": {},
    "no base64": {"SAMLResponse": "a"},
    "no XML": posted("no XML"),
    "a document type": posted('<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>'),
    "too much": posted(f"<a>{'a' * MAX_ANSWER_BYTES}</a>"),
}


@pytest.mark.medium
@pytest.mark.parametrize("form", JUNK.values(), ids=JUNK)
def test_what_is_no_answer_is_not_even_kept(client, db, saml, form):
    assert client.post(ACS, form).status_code == 401
    assert not Session.objects.exists()
    assert come_back(client, "<a/>").status_code == 401


# --- what is configured ---


def test_the_log_in_page_offers_the_university(client, db, saml):
    page = client.get("/accounts/login/").content.decode()
    assert f'<a href="{LOGIN}' in page
    assert "Log in with Example University" in page


def test_our_metadata_names_us_and_no_single_log_out(client, db, saml):
    described = client.get("/accounts/saml/university/metadata/").content.decode()
    assert f'entityID="{US}"' in described
    assert ACS_URL in described
    assert 'WantAssertionsSigned="true"' in described
    assert "SingleLogoutService" not in described
    assert "validUntil" not in described  # a copy of it stays good
    assert client.get("/accounts/saml/university/sls/").status_code == 404


def test_the_university_is_found_by_its_metadata(client, place, saml, httpserver):
    httpserver.expect_request("/idp.xml").respond_with_data(metadata(), content_type="application/xml")
    saml["settings"]["idp"] = {"entity_id": ENTITY_ID, "metadata_url": httpserver.url_for("/idp.xml")}
    log_in(client)
    assert viewer(client) == again(place).account


@pytest.mark.parametrize("published", [None, metadata().replace(ENTITY_ID, "https://login.example.com/saml")])
def test_metadata_that_cannot_be_used_is_a_page_and_no_fault(client, db, saml, httpserver, published):
    if published:
        httpserver.expect_request("/idp.xml").respond_with_data(published, content_type="application/xml")
    saml["settings"]["idp"] = {"entity_id": ENTITY_ID, "metadata_url": httpserver.url_for("/idp.xml")}
    page = client.get(LOGIN)
    assert page.status_code == 401
    assert "Example University could not be asked" in page.content.decode()
