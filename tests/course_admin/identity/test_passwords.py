"""Passwords: changed by their owner, and set anew by a link that a mail brings, once."""

import re

import pytest
from allauth.socialaccount.models import SocialAccount
from django.core import mail
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from course_admin.api.tokens import make_token, token_of
from course_admin.courses.models import AuditEvent
from course_admin.identity.guards.guesses import OF_A_RESET
from course_admin.identity.models import IdentityKind, ProvenIdentity, User
from course_admin.identity.passwords import ForgottenView
from course_admin.identity.proven.proofs import Proof, keep
from tests.factories import make_user

NEW = "another long password"


@pytest.fixture
def account(db) -> User:
    return make_user("mira", email="mira@example.edu")


def ask(client, address: str):
    return client.post(reverse("password-forgotten"), {"email": address})


def the_link() -> str:
    return re.search(r"http://testserver(/accounts/password/\S+)", mail.outbox[-1].body).group(1)


def test_a_forgotten_password_is_set_anew_once_by_the_mails_link(client, account):
    assert ask(client, "mira@example.edu").status_code == 302
    path = the_link()
    form = client.get(path, follow=True)
    done = client.post(form.redirect_chain[-1][0], {"new_password1": NEW, "new_password2": NEW}, follow=True)
    assert "Your new password holds" in done.content.decode()
    account.refresh_from_db()
    assert account.check_password(NEW)
    assert account.credential_set_at is not None
    event = AuditEvent.objects.get(subject=f"account {account}")
    assert (event.actor, list(event.after)) == (account, ["credential_set_at"])
    assert "over or was used already" in client.get(path, follow=True).content.decode()


def test_how_soon_the_page_answers_tells_nobody_who_has_an_account(rf, account):
    """The mail leaves, and its account is looked for, once the answer has been sent."""
    request = rf.post(reverse("password-forgotten"), {"email": account.email})
    request._dont_enforce_csrf_checks = True
    answer = ForgottenView.as_view()(request)
    assert (answer.status_code, len(mail.outbox)) == (302, 0)
    answer.close()
    assert [each.to for each in mail.outbox] == [[account.email]]


def test_the_mails_link_leads_here_whatever_host_a_stranger_named(client, account, settings):
    settings.ALLOWED_HOSTS, settings.SECURE_SSL_REDIRECT = ["*"], True
    settings.ASSAY_SITE_URL = "https://grade.example.edu"
    client.post(reverse("password-forgotten"), {"email": account.email}, headers={"host": "evil.example"}, secure=True)
    assert "evil.example" not in mail.outbox[-1].body
    assert "https://grade.example.edu/accounts/password/" in mail.outbox[-1].body


def test_the_page_tells_nobody_who_has_an_account(client, account):
    account_less = ask(client, "nobody@example.edu")
    assert (account_less.status_code, account_less.url) == (302, ask(client, "mira@example.edu").url)
    assert [each.to for each in mail.outbox] == [["mira@example.edu"]]


def test_who_logs_in_elsewhere_only_gets_no_mail_and_who_is_closed_neither(client, account):
    other = make_user("jon", email="jon@example.edu")
    other.set_unusable_password()
    other.save()
    User.objects.filter(pk=account.pk).update(is_active=False)
    for address in ("jon@example.edu", "mira@example.edu"):
        ask(client, address)
    assert not mail.outbox


def test_who_asks_without_end_waits(client, account):
    for _ in range(OF_A_RESET.tries):
        assert ask(client, "mira@example.edu").status_code == 302
    answer = ask(client, "mira@example.edu")
    assert answer.status_code == 429
    assert "wait an hour" in answer.content.decode()
    assert len(mail.outbox) == OF_A_RESET.tries


def test_a_mail_server_that_is_away_is_no_fault_page(client, account, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9  # nobody listens there
    assert ask(client, "mira@example.edu").status_code == 302


def test_an_administrator_and_a_password_that_a_command_made_are_on_record(db, monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "as long as a river")
    call_command("createsuperuser", "--noinput", email="Root@Example.EDU")
    made = AuditEvent.objects.get()
    assert (made.actor, made.subject, made.after["is_superuser"]) == (None, "account root@example.edu", True)
    monkeypatch.setattr("getpass.getpass", lambda prompt: NEW)
    call_command("changepassword", "ROOT@example.edu")
    assert User.objects.get(is_superuser=True).check_password(NEW)
    changed = AuditEvent.objects.exclude(pk=made.pk).get()
    assert (changed.actor, list(changed.after)) == (None, ["credential_set_at"])


def test_whoever_made_an_account_with_anothers_address_is_out_of_it_once_its_owner_is_in(client, world, account):
    """By an invitation's link, which staff of any course may see, an account gets a name that nobody has proven."""
    eve = Proof(IdentityKind.GITHUB, "666", label="eve", emails=("eve@example.edu",))
    keep(proof=eve, account=account, at=timezone.now())
    SocialAccount.objects.create(user=account, provider="github", uid="666")
    _, token = make_token(account=account, name="x", scopes={"read"}, days=None, at=timezone.now())
    for proven in (["mira@example.edu"], ["mira@example.edu"]):
        ask(client, "mira@example.edu")
        form = client.get(the_link(), follow=True)
        done = client.post(form.redirect_chain[-1][0], {"new_password1": NEW, "new_password2": NEW}, follow=True)
        assert [each.subject for each in ProvenIdentity.objects.filter(account=account)] == proven
    assert "connect yours again" not in done.content.decode()
    assert not SocialAccount.objects.exists()
    assert token_of(token, timezone.now()) is None
    assert AuditEvent.objects.filter(reason="its address was proven by a mail").count() == 2
