"""Whose language holds: a person's own, else their browser's; of mails their reader's; and none for programs."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth import get_user_model
from django.core import mail
from django.http import HttpResponse
from django.template import Context, Template
from django.test import Client
from django.utils import translation

from course_admin.assignments.late import LateKind, LatePolicy
from course_admin.assignments.late_words import late_example, late_words
from course_admin.courses.models import Role
from course_admin.invitations.inviting import invite
from course_admin.invitations.mail import send_invitations
from course_admin.languages.own import OwnLanguage, choose_language, language_of
from course_admin.notifications.collect import collect
from course_admin.notifications.sending import send_mails
from course_admin.pages.moments import by_the_clock
from course_admin.pages.numbers import figure, plural_number, points_in_words, short_figure
from course_admin.submissions.intake import groups, ingest
from course_admin.submissions.models import Push, PushState
from course_admin.submissions.queue import dispatch
from course_admin.submissions.reports.budget_picture import sentence
from course_admin.submissions.reports.stored_words import SENTENCES, reworded
from tests.factories import NOW, graded, make_attempt, make_check, make_enrollment, make_run


@pytest.fixture
def account(world):
    return world.student.account


@pytest.fixture
def browser(account):
    client = Client()
    client.force_login(account)
    return client


def shown(client, url="/news/", **headers) -> str:
    return client.get(url, headers=headers).content.decode()


def test_a_page_is_in_the_browsers_language_until_somebody_chooses(browser, account):
    assert '<html lang="en-gb">' in shown(browser)
    assert '<html lang="en-gb">' in shown(browser, accept_language="fr, en-US;q=0.8, de;q=0.5")
    german = browser.get("/news/", headers={"accept-language": "fr, de-AT;q=0.9, en;q=0.5"})
    assert "Neuigkeiten" in german.content.decode()
    assert '<html lang="de">' in german.content.decode()
    assert german.headers["Content-Language"] == "de"
    assert "Accept-Language" in german.headers["Vary"]


def test_a_visitor_reads_the_browsers_language(db):
    assert "Passwort vergessen" in shown(Client(), "/accounts/login/", accept_language="de")
    assert "Forgot your password?" in shown(Client(), "/accounts/login/")


def test_a_chosen_language_goes_before_the_browsers_and_is_kept(browser, account):
    assert 'name="language" value="de" lang="de">Deutsch<' in shown(browser)
    answer = browser.post("/language/", {"language": "de", "next": "/news/?page=1"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/news/?page=1")
    account.refresh_from_db()
    assert account.language == "de"
    assert "Neuigkeiten" in shown(browser, accept_language="en")
    assert 'name="language" value="en-gb" lang="en-gb">English<' in shown(browser)
    browser.post("/language/", {"language": "en-gb"})
    assert "Nothing has happened yet" in shown(browser, accept_language="de")
    browser.post("/language/", {"language": ""})
    assert "Neuigkeiten" in shown(browser, accept_language="de")


@pytest.mark.parametrize("language", ["fr", "de-at", "../de", "x" * 500, "en"])
def test_a_language_that_there_is_not_changes_nothing(browser, account, language):
    choose_language(account=account, language="de")
    browser.post("/language/", {"language": language})
    account.refresh_from_db()
    assert account.language == "de"


@pytest.mark.parametrize("next_page", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)", ""])
def test_the_choice_leads_nowhere_else(browser, next_page):
    answer = browser.post("/language/", {"language": "de", "next": next_page})
    assert answer.headers["Location"] == "/"


def test_a_language_that_is_gone_is_as_if_none_was_chosen(browser, account, settings):
    account.language = "fr"
    account.save()
    assert "Nothing has happened yet" in shown(browser)
    assert language_of(account) == settings.LANGUAGE_CODE


def test_the_language_of_one_request_is_not_that_of_the_next(browser, account):
    choose_language(account=account, language="de")
    shown(browser)
    assert "There is no such page" in shown(Client(), "/nowhere/")
    shown(browser)
    assert "This cannot be read" in shown(Client(), "/%00/")


@pytest.mark.parametrize(
    ("url", "words"), [("/nowhere/", "Diese Seite gibt es nicht"), ("/news/?page=%00", "Das lässt sich nicht lesen")]
)
def test_pages_of_errors_are_in_the_browsers_language(db, url, words):
    assert words in shown(Client(), url, accept_language="de")


def test_a_form_out_of_date_says_so_in_the_viewers_own_language(account):
    choose_language(account=account, language="de")
    client = Client(enforce_csrf_checks=True)
    client.force_login(account)
    answer = client.post("/language/", {"language": "en-gb"})
    assert answer.status_code == 403
    assert "Dieses Formular ist veraltet" in answer.content.decode()


def test_programs_are_answered_in_one_language(browser, account):
    choose_language(account=account, language="de")
    answers = [browser.get("/api/v1/courses", headers=headers) for headers in ({}, {"accept-language": "de"})]
    assert answers[0].content == answers[1].content
    assert not any("Content-Language" in each.headers for each in answers)
    broken = browser.get("/api/v1/%00", headers={"accept-language": "de"})
    assert broken.json()["message"].startswith("Something in this request cannot be read")


def test_what_is_the_same_for_everybody_asks_for_nobody(rf, settings):
    asked = rf.get("/institution/logo")
    asked.COOKIES[settings.SESSION_COOKIE_NAME] = "a session"  # and no user: looking for one would fail
    assert OwnLanguage(lambda request: HttpResponse(request.path))(asked).content == b"/institution/logo"


def test_news_are_mailed_in_their_readers_language(world, account):
    choose_language(account=account, language="de")
    other = make_enrollment(world.course, "jon")
    for person in (world.student, other):
        graded(make_attempt(person, world.assignment), make_check(1), at=NOW)
    collect(at=NOW + timedelta(minutes=1))
    send_mails(at=NOW + timedelta(days=2))
    german, english = sorted(mail.outbox, key=lambda each: each.subject)
    assert german.to != english.to
    assert "Versuch 1, ist bewertet" in german.subject
    assert german.body.startswith("Guten Tag")
    assert "Keine Mails dieser Art mehr" in german.body
    assert '<html lang="de">' in german.alternatives[0].content
    assert "attempt 1 is graded" in english.subject
    assert english.body.startswith("Hello")


def test_an_invitation_is_in_the_language_of_who_invites(world):
    for name, language in (("ann", "de"), ("ben", "")):
        by = make_enrollment(world.course, name, Role.INSTRUCTOR).account
        choose_language(account=by, language=language)
        person = make_enrollment(world.course, f"of-{name}", account=None, email=f"of-{name}@example.edu")
        invite(people=type(person).objects.filter(pk=person.pk), origin="https://a.example", actor=by, at=NOW)
    send_invitations(at=NOW)
    subjects = {each.to[0]: each.subject for each in mail.outbox}
    assert subjects["of-ann@example.edu"].startswith("Ihre Einladung zu")
    assert subjects["of-ben@example.edu"].startswith("Your invitation to")


def test_a_forgotten_password_is_mailed_in_its_owners_language(db):
    account = get_user_model().objects.create_user("mia@example.edu", "a long enough password")
    choose_language(account=account, language="de")
    Client().post("/accounts/password/forgotten/", {"email": "mia@example.edu"})
    assert [each.subject for each in mail.outbox] == ["Ihr neues Passwort"]
    assert "vergessen" in mail.outbox[0].body


@pytest.mark.parametrize(
    ("language", "written"), [("en-gb", "Fri 4 Dec 2026, 23:59 CET"), ("de", "Fr, 4. Dez 2026, 23:59 CET")]
)
def test_a_moment_is_written_in_the_language_and_by_the_courses_clock(language, written):
    with translation.override(language):
        assert by_the_clock(datetime(2026, 12, 4, 22, 59, tzinfo=UTC), ZoneInfo("Europe/Berlin")) == written


def test_numbers_have_the_decimal_mark_of_the_language():
    with translation.override("de"):
        assert points_in_words(Decimal("86.50")) == "86,5"
        assert [figure(12345.6, 0), figure(0.955, 2), short_figure(1.5)] == ["12.346", "0,95", "1,5"]
        assert Template("{% load points %}{{ p|points }}").render(Context({"p": Decimal("0.25")})) == "0,25"
    with translation.override("en-gb"):
        assert points_in_words(Decimal("86.50")) == "86.5"
        assert [figure(12345.6, 0), figure(0.955, 2), short_figure(1.5)] == ["12,346", "0.95", "1.5"]


@pytest.mark.parametrize(("points", "number"), [("1", 1), ("0", 0), ("1.5", 2), ("1.00", 1), ("0.5", 2), ("21", 21)])
def test_a_part_of_a_point_takes_the_plural(points, number):
    assert plural_number(Decimal(points)) == number


BUDGET = {"estimate": 2.5, "low": 2.0, "high": 3.0, "limit": 10, "yardstick": ""}


@pytest.mark.parametrize("kind", ["cpu", "memory", "wall"])
@pytest.mark.parametrize("estimate", [0.01, 1.0, 2.5, 1500.0])
def test_a_budget_says_the_same_figures_in_each_language(kind, estimate):
    row = {**BUDGET, "estimate": estimate, "low": estimate * 0.9, "high": estimate * 1.1}
    with translation.override("en-gb"):
        english = sentence(kind, row)
    with translation.override("de"):
        german = sentence(kind, row)
    swapped = german.translate(str.maketrans(",.", ".,"))
    digits = [
        word for word in english.replace("(", " ").replace(")", " ").replace(";", " ").split() if word[0].isdigit()
    ]
    assert all(digit in swapped for digit in digits)
    assert "die Referenz" in german


@pytest.mark.parametrize("kind", list(LateKind))
def test_late_rules_are_said_in_german(kind):
    policy = LatePolicy(kind=kind, percent=Decimal("12.5"), cap_percent=Decimal(50), grace_minutes=1)
    with translation.override("de"):
        assert late_words(policy).startswith("Verspätung")
        assert late_words(policy).endswith("1 Minute Kulanz")
        assert late_example(policy).startswith("Zum Beispiel")


@pytest.mark.parametrize("stored", SENTENCES)
def test_our_stored_sentences_are_worded_anew(stored):
    names = {name: f"<{name}>" for name in ("group", "size", "most", "ref", "name", "branches", "branch", "path")}
    english = stored.format(**names)
    assert reworded(english) == english
    with translation.override("de"):
        german = reworded(english)
    assert german != english
    assert all(value in german for value in names.values() if value in english)


def test_what_others_wrote_stays_as_it_is():
    with translation.override("de"):
        assert (
            reworded("tests/test_x.py was left out: it is too large.")
            == "tests/test_x.py was left out: it is too large."
        )
        assert reworded("") == ""


def test_what_is_stored_does_not_depend_on_who_caused_it(world):
    world.assignment.group_size = 2
    world.assignment.save()
    with translation.override("de"):
        assert groups.team_of(world.student, world.assignment).note == groups.NO_GROUP
    assert ingest.DELETED == "The branch was deleted, so there is nothing to grade."


def test_a_note_is_stored_in_english_and_read_in_german(world, browser, account):
    attempt = make_attempt(world.student, world.assignment, notes=[str(groups.NO_GROUP), "x.csv was left out."])
    make_run(attempt)
    dispatch.dispatch(at=NOW)
    choose_language(account=account, language="de")
    page = shown(browser, f"/attempts/{attempt.public_id}/")
    assert "Sie sind in keiner Gruppe, die gemeinsam abgibt" in page
    assert "x.csv was left out." in page
    assert Push.objects.filter(state=PushState.IGNORED).count() == 0
