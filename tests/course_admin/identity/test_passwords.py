"""Passwords: changed by their owner, and set anew by a link that a mail brings, once."""

import re

import pytest
from django.core import mail
from django.urls import reverse

from course_admin.identity.guards.guesses import OF_A_RESET
from course_admin.identity.models import User
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
    assert "over or was used already" in client.get(path, follow=True).content.decode()


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
