"""Logging in with GitHub or the university, which place on a roster that proves, and second factors for staff."""

import html
import re
import time
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlparse

import jwt
import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers.github.views import GitHubOAuth2Adapter
from allauth.socialaccount.signals import pre_social_login
from django.core.management import CommandError, call_command

from course_admin.api.tokens import make_token, token_of
from course_admin.courses.models import AuditEvent, AuditKind, Enrollment, Role
from course_admin.courses.models.roster import EnrollmentQuerySet
from course_admin.identity.models import IdentityKind, ProvenIdentity, User
from course_admin.identity.proven.proofs import Proof, detach, keep
from course_admin.identity.proven.roster_claims import free_places, take_places
from course_admin.policy import Refused
from tests.factories import NOW, make_course, make_enrollment, make_user

MIRA = Proof(IdentityKind.GITHUB, "4711", label="Mira-Okafor", emails=("mira.okafor@mail.example",))


@pytest.fixture
def place(world):
    """Mira's place, which nobody has."""
    world.student.account = None
    world.student.save()
    return world.student


def again(thing):
    thing.refresh_from_db()
    return thing


# --- which place an identity proves ---


def take(account, proof=MIRA):
    """Prove something, and take the places that it proves."""
    keep(proof=proof, account=account, at=NOW)
    return take_places(account=account, proof=proof, at=NOW)


def addresses(*emails: str) -> Proof:
    return Proof(IdentityKind.OIDC, "u-1", "university", emails=emails)


def test_a_login_proves_a_place_and_its_number_is_noted(place):
    account = make_user("mira")
    assert take(account) == [place]
    assert (again(place).account, place.github_id) == (account, 4711)
    event = AuditEvent.objects.filter(subject=place.name).get()
    assert (event.actor, event.after) == (account, {"account_id": account.pk, "github_id": 4711})


def test_what_was_proven_is_kept_once_and_is_on_record(place):
    account = make_user("mira")
    take(account)
    take(account)
    kept = {(each.kind, each.subject, each.label) for each in account.identities.all()}
    assert kept == {("github", "4711", "Mira-Okafor"), ("email", MIRA.emails[0], MIRA.emails[0])}
    assert AuditEvent.objects.filter(kind=AuditKind.ACCESS).count() == 2


def test_what_somebody_proved_stays_theirs(place):
    account, eve = make_user("mira"), make_user("eve")
    take(account)
    take(eve)
    assert not eve.identities.exists()
    assert again(place).account == account


def test_a_login_that_changed_hands_proves_nothing_where_the_number_is_known(place):
    place.github_id = 9
    place.save()
    assert free_places(MIRA) == []
    place.github_login = "renamed"
    place.save()
    assert free_places(Proof(IdentityKind.GITHUB, "9", label="mira-elsewhere")) == [place]


@pytest.mark.rows
def test_a_login_of_another_time_proves_no_place_and_its_number_does(place):
    """Who was called so once logs in by their university; the line means whoever is called so now."""
    account = make_user("renamed-since")
    keep(proof=MIRA, account=account, at=NOW - timedelta(days=300))
    by_number = make_enrollment(make_course("b"), "by-number", account=None, github_id=4711)
    assert take(account, addresses("somebody@example.edu")) == [by_number]
    assert again(place).account is None
    assert take(account, Proof(IdentityKind.GITHUB, "4711", label="somebody-new")) == []
    assert take(make_user("mira"), Proof(IdentityKind.GITHUB, "9", label="mira-okafor")) == [place]


def test_a_verified_address_proves_a_place_and_no_other_does(place):
    assert free_places(addresses("MIRA-OKAFOR@example.edu")) == [place]
    assert free_places(addresses("other@example.edu")) == []
    assert free_places(addresses()) == []


@pytest.mark.rows
@pytest.mark.parametrize(
    "look_alike", ["m\u0131ra-okafor@example.edu", "mira-o\u212aafor@example.edu", "m\u0130ra-okafor@example.edu"]
)
def test_an_address_that_a_database_would_fold_into_anothers_is_another(place, look_alike):
    assert free_places(addresses(look_alike)) == []


@pytest.mark.rows
def test_a_further_address_that_a_database_would_fold_into_anothers_is_another(place):
    place.other_emails.create(address="mi\u212aa@home.example")
    assert free_places(addresses("mika@home.example")) == []


def test_a_further_address_proves_a_place_as_the_first_does(place):
    place.other_emails.create(address="mira@home.example")
    for address in ("Mira@Home.example", "mira-okafor@example.edu"):
        assert free_places(addresses(address)) == [place]


def test_a_ta_who_is_a_student_of_the_course_gets_both_places_and_no_third(world, place):
    fields = {"email": place.email, "account": None}
    also = make_enrollment(world.course, "mira-okafor", Role.TA, **fields)
    account = make_user("mira")
    assert set(take(account)) == {place, also}
    late = make_enrollment(world.course, "someone", Role.OBSERVER, account=None, email="mira.okafor@mail.example")
    assert take(account) == []
    assert again(late).account is None


@pytest.mark.parametrize("change", [{"is_active": False}, {"github_login": "", "email": ""}])
def test_an_inactive_place_and_one_without_keys_are_nobodys(place, change):
    for name, value in change.items():
        setattr(place, name, value)
    place.save()
    assert free_places(Proof(IdentityKind.GITHUB, "4711", emails=("",))) == []
    assert free_places(MIRA) == []


def test_a_place_that_somebody_has_stays_theirs(world):
    eve = make_user("eve")
    before = world.student.account
    assert take(eve) == []
    assert again(world.student).account == before


def test_an_account_gets_one_place_a_course_githubs_first(place):
    other = make_enrollment(place.course, "other", account=None, email=MIRA.emails[0])
    elsewhere = make_enrollment(make_course("b"), "mira-okafor", account=None)
    account = make_user("mira")
    assert set(take(account)) == {place, elsewhere}
    assert again(other).account is None
    assert take(account) == []


def test_only_an_administrator_detaches_an_identity_and_it_logs_nobody_in_any_more(client, place, github):
    with_github(client)
    account = viewer(client)
    identity = account.identities.get(kind=IdentityKind.GITHUB)
    ines = make_enrollment(place.course, "ines", Role.INSTRUCTOR).account
    with pytest.raises(Refused):
        detach(identity=identity, actor=ines, at=NOW, reason="a mistake")
    before = datetime.now(UTC) - timedelta(minutes=1)
    _, token = make_token(account=account, name="laptop", scopes={"read"}, days=None, at=before)
    detach(identity=identity, actor=make_user("root", is_superuser=True), at=datetime.now(UTC), reason="a mistake")
    assert not SocialAccount.objects.exists()
    assert client.get("/").status_code == 302, "whoever came in by it is out"
    assert token_of(token, datetime.now(UTC)) is None
    with_github(client)
    assert viewer(client) is None


def test_nobody_writes_an_identity_by_hand(client, db):
    client.force_login(make_user("root", is_superuser=True, is_staff=True))
    identity = ProvenIdentity.objects.create(
        account=make_user("mira"), kind=IdentityKind.GITHUB, subject="4711", proven_at=NOW
    )
    assert client.get("/admin/identity/provenidentity/add/").status_code == 403
    url = f"/admin/identity/provenidentity/{identity.pk}/change/"
    assert client.post(url, {"subject": "1"}).status_code == 403


# --- GitHub ---


@pytest.fixture
def github(httpserver, settings, monkeypatch):
    """A GitHub that says who logs in: change what it returns."""
    app = {"client_id": "assay", "secret": "s", "key": ""}
    settings.SOCIALACCOUNT_PROVIDERS = {"github": {"APPS": [app]}}
    said = {"user": {"id": 4711, "login": "Mira-Okafor", "name": "Mira Okafor"}, "emails": []}
    for name, path in {
        "access_token_url": "/token",
        "authorize_url": "/authorize",
        "profile_url": "/user",
        "emails_url": "/emails",
    }.items():
        monkeypatch.setattr(GitHubOAuth2Adapter, name, httpserver.url_for(path))
    httpserver.expect_request("/token").respond_with_json({"access_token": "t", "token_type": "bearer"})
    for path, key in (("/user", "user"), ("/emails", "emails")):
        httpserver.expect_request(path).respond_with_handler(lambda _request, key=key: _json(said[key]))
    return said


def _json(data):
    import json

    from werkzeug import Response

    return Response(json.dumps(data), content_type="application/json")


def come_in(client, start: str, callback: str):
    """Go to the provider and come back, as a browser does."""
    away = client.get(start)
    assert away.status_code == 302, away.content.decode()
    return come_back(client, away.headers["Location"], callback)


def connect(client, start: str, callback: str):
    """Press the button that connects an account, follow the page that leads to the provider, and come back."""
    (leaving,) = re.findall(r'http-equiv="refresh" content="0; url=([^"]+)"', client.post(start).content.decode())
    return come_back(client, html.unescape(leaving), callback)


def come_back(client, to: str, callback: str):
    """Come back from a provider's address, as a browser does."""
    state = parse_qs(urlparse(to).query)["state"][0]
    return client.get(callback, {"code": "c", "state": state}, follow=True)


def with_github(client):
    return come_in(client, "/accounts/github/login/", "/accounts/github/login/callback/")


def viewer(client) -> User | None:
    key = client.session.get("_auth_user_id")
    return User.objects.get(pk=key) if key else None


def test_a_student_on_a_roster_comes_in_with_github_and_sees_their_course(client, place, github):
    page = with_github(client)
    assert page.status_code == 200
    assert viewer(client) == again(place).account
    assert not viewer(client).has_usable_password()
    assert AuditEvent.objects.get(reason="account made by its owner").actor == place.account
    assert f"/grades/{place.pk}/" in page.content.decode()
    client.logout()
    with_github(client)
    assert viewer(client) == place.account
    assert SocialAccount.objects.get().user == place.account


def test_who_is_on_no_roster_gets_no_account_and_the_next_step(client, db, github):
    page = with_github(client)
    assert "You are not on a roster yet" in page.content.decode()
    assert viewer(client) is None
    assert not User.objects.exists()


@pytest.mark.parametrize("is_verified", [True, False])
def test_only_an_address_that_github_verified_counts(client, place, github, is_verified):
    github["user"] = {"id": 1, "login": "somebody-else"}
    github["emails"] = [{"email": place.email, "primary": True, "verified": is_verified}]
    with_github(client)
    assert (viewer(client) is not None) == is_verified


def test_an_account_that_is_there_is_joined_by_its_owner_while_logged_in_and_never_by_a_match(client, world, github):
    with_github(client)
    assert viewer(client) is None
    assert not SocialAccount.objects.exists()
    log_in(client, world.student.account)
    connect(client, "/accounts/github/login/?process=connect", "/accounts/github/login/callback/")
    assert SocialAccount.objects.get().user == world.student.account
    assert world.student.account.identities.get(kind=IdentityKind.GITHUB).subject == "4711"
    client.logout()
    with_github(client)
    assert viewer(client) == world.student.account


def test_who_writes_their_own_login_into_anothers_line_gets_nothing_of_theirs(client, world, github):
    """A leader of one course re-keys a student's line, whose account leads another course."""
    victim = world.student.account
    make_enrollment(make_course("b"), "victim", Role.INSTRUCTOR, account=victim)
    github["user"] = {"id": 666, "login": "mallory"}
    world.student.github_login = "mallory"
    world.student.save()
    with_github(client)
    assert viewer(client) is None
    assert not victim.identities.exists()


def test_an_address_alone_never_opens_an_account_that_is_there(client, world, github):
    github["user"] = {"id": 1, "login": "somebody-else"}
    github["emails"] = [{"email": world.student.email, "primary": True, "verified": True}]
    User.objects.filter(pk=world.student.account.pk).update(email=world.student.email)
    with_github(client)
    assert viewer(client) is None


def test_a_place_of_the_next_course_is_found_at_the_next_log_in(client, place, github):
    with_github(client)
    client.logout()
    later = make_enrollment(make_course("next"), "mira-okafor", account=None)
    with_github(client)
    assert again(later).account == again(place).account


def test_the_log_in_page_offers_what_is_configured(client, db, settings):
    assert b"Log in with" not in client.get("/accounts/login/").content
    settings.SOCIALACCOUNT_PROVIDERS = {"github": {"APPS": [{"client_id": "a", "secret": "s", "key": ""}]}}
    assert b'<a href="/accounts/github/login/' in client.get("/accounts/login/").content


# --- OpenID Connect ---


@pytest.fixture
def university(httpserver, settings):
    """A university's OpenID Connect that says who logs in: change what it returns, and as whom it signs."""
    app = {"provider_id": "university", "name": "U", "client_id": "a", "secret": "s"}
    app["settings"] = {"server_url": httpserver.url_for("/.well-known/openid-configuration")}
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}}
    said = {"me": {"sub": "u-1", "name": "Mira"}, "issuer": "https://idp.example.edu"}
    points = {
        "authorization_endpoint": "/authorize",
        "token_endpoint": "/token",
        "userinfo_endpoint": "/me",
        "jwks_uri": "/keys",
    }
    found = {name: httpserver.url_for(path) for name, path in points.items()}

    def token() -> dict:
        claims = {"iss": said["issuer"], "sub": said["me"]["sub"], "aud": "a", "exp": time.time() + 60}
        return {"access_token": "t", "token_type": "bearer", "id_token": jwt.encode(claims, "k" * 32)}

    described = {"/.well-known/openid-configuration": lambda: found | {"issuer": said["issuer"]}}
    for path, answer in {**described, "/token": token, "/me": lambda: said["me"]}.items():
        httpserver.expect_request(path).respond_with_handler(lambda _request, answer=answer: _json(answer()))
    return said


def with_university(client):
    return come_in(client, "/accounts/oidc/university/login/", "/accounts/oidc/university/login/callback/")


@pytest.mark.parametrize(
    ("is_verified", "comes_in"),
    [(True, True), ("true", True), (False, False), (None, False), ("false", False), ("no", False), (1, False)],
)
def test_a_university_s_verified_address_proves_a_place(client, place, university, is_verified, comes_in):
    university["me"] |= {"email": place.email} | ({} if is_verified is None else {"email_verified": is_verified})
    with_university(client)
    assert (viewer(client) is not None) == comes_in
    assert (again(place).account is not None) == comes_in


def test_a_number_of_another_university_is_another_person(client, place, university):
    """The setting names another provider since: whoever has the same number there is not who had it before."""
    university["me"] |= {"email": place.email, "email_verified": True}
    with_university(client)
    mira = viewer(client)
    known = mira.identities.get(kind=IdentityKind.OIDC)
    assert (known.issuer, known.label) == ("https://idp.example.edu", "Mira")
    client.logout()
    university["issuer"] = "https://sso.example.org"
    page = with_university(client).content.decode()
    assert "ask an administrator to detach it" in page
    assert viewer(client) is None
    assert not mira.identities.filter(issuer="https://sso.example.org").exists()


def test_who_logs_in_twice_at_one_moment_gets_one_account_and_a_sentence(client, place, github):
    other = make_user("other")

    def rival(**_told) -> None:
        SocialAccount.objects.create(user=other, provider="github", uid="4711")

    pre_social_login.connect(rival, weak=False)
    try:
        page = with_github(client)
    finally:
        pre_social_login.disconnect(rival)
    assert "Please log in once more" in page.content.decode()
    assert list(User.objects.exclude(pk=other.pk).filter(name="Mira Okafor")) == []
    assert again(place).account is None


def test_a_place_that_somebody_takes_at_this_moment_stays_theirs(place, monkeypatch):
    faster, hold = make_user("faster"), EnrollmentQuerySet.hold

    def hold_after_the_other(rows, people) -> None:
        Enrollment.objects.filter(pk=place.pk).update(account=faster)
        hold(rows, people)

    monkeypatch.setattr(EnrollmentQuerySet, "hold", hold_after_the_other)
    assert take(make_user("mira")) == []
    assert again(place).account == faster


# --- second factors ---


def code_of(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def log_in(client, user):
    return client.post("/accounts/login/", {"username": user.email, "password": "a long password"})


def test_who_has_a_second_factor_is_asked_for_it_before_they_are_in(client, world):
    secret = "JBSWY3DPEHPK3PXP"
    TOTP.activate(world.student.account, secret)
    answer = log_in(client, world.student.account)
    assert answer.headers["Location"] == "/accounts/second-factor/authenticate/"
    assert client.get("/").status_code == 302
    assert client.post("/accounts/second-factor/authenticate/", {"code": "000000"}).status_code == 200
    assert viewer(client) is None
    assert client.post("/accounts/second-factor/authenticate/", {"code": code_of(secret)}).status_code == 302
    assert viewer(client) == world.student.account


WHO = {Role.STUDENT: False, Role.OBSERVER: False, Role.TA: True, Role.HEAD_TA: True, Role.INSTRUCTOR: True}


@pytest.mark.medium
@pytest.mark.parametrize(("role", "must"), WHO.items())
def test_staff_without_a_second_factor_see_nothing_else_if_the_setting_says_so(client, world, settings, role, must):
    account = make_enrollment(world.course, "tess", role).account
    log_in(client, account)
    assert client.get("/").status_code == 200
    settings.ASSAY_STAFF_SECOND_FACTOR = True
    answer = client.get("/")
    assert answer.status_code == (302 if must else 200)
    if must:
        assert answer.headers["Location"] == "/accounts/second-factor/totp/activate/"
        assert client.get(f"/courses/{world.course.slug}/gradebook.csv").status_code == 302


def test_a_member_of_staff_sets_up_a_second_factor_and_goes_on(
    client, world, settings, django_capture_on_commit_callbacks
):
    settings.ASSAY_STAFF_SECOND_FACTOR = True
    tess = make_enrollment(world.course, "tess", Role.TA).account
    log_in(client, tess)
    activate = "/accounts/second-factor/totp/activate/"
    again = client.get(activate).headers["Location"]
    assert again.startswith("/accounts/reauthenticate/?next=")
    assert client.post(again, {"password": "a long password"}).headers["Location"] == activate
    page = client.get(activate)
    secret = page.context["form"].secret
    assert secret in page.content.decode()
    assert "data:" not in page.content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post("/accounts/second-factor/totp/activate/", {"code": code_of(secret)})
    assert answer.status_code == 302
    assert client.get("/").status_code == 200
    assert {each.type for each in Authenticator.objects.filter(user=tess)} >= {"totp"}
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post("/accounts/second-factor/totp/deactivate/").status_code == 302
    events = AuditEvent.objects.filter(subject=f"second factor of {tess}", actor=tess)
    told = [(each.before["second factor"], each.after["second factor"]) for each in events]
    assert {("", "totp"), ("totp", "")} <= set(told)


@pytest.mark.parametrize("is_superuser", [True, False])
def test_administrators_are_staff(client, settings, db, is_superuser):
    settings.ASSAY_STAFF_SECOND_FACTOR = True
    client.force_login(make_user("root", is_superuser=is_superuser, is_staff=True))
    assert client.get("/admin/").headers["Location"] == "/accounts/second-factor/totp/activate/"
    assert client.get("/health/").status_code == 200


def test_a_lost_second_factor_can_be_forgotten(client, world, capsys):
    account = world.student.account
    TOTP.activate(account, "JBSWY3DPEHPK3PXP")
    RecoveryCodes.activate(account)
    call_command("forget_second_factor", account.email)
    assert "that are forgotten: 2." in capsys.readouterr().out
    events = AuditEvent.objects.filter(subject=f"second factor of {account}", actor=None)
    assert {each.before["second factor"] for each in events} == {"recovery_codes", "totp"}
    log_in(client, account)
    assert viewer(client) == account
    with pytest.raises(CommandError):
        call_command("forget_second_factor", "nobody")
