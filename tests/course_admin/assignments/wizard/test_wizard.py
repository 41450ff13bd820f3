"""The wizard of one assignment: steps that keep what was typed, dates by the calendar, lateness in words, then made."""

import html
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.urls import reverse

from course_admin.assignments.course_setup.term_calendar import months
from course_admin.assignments.late import LateKind, LatePolicy
from course_admin.assignments.late_words import late_example
from course_admin.assignments.models import Assignment, CheckState, SuiteVersion, WizardDraft
from course_admin.courses.models import AuditEvent, Role
from tests.factories import make_assignment, make_course, make_enrollment

BASICS = {"title": "Tensor", "slug": "tensor", "points": "50", "module": "1"}
SUITE = {"suite": "folder:m01_tensor", "repository_pattern": "", "takes_uploads": "on", "group_size": "1"}
SUITE |= {"hidden_checks": "never"}
DATES = {"releases_at": "2026-12-01T08:00", "due_at": "2026-12-11T23:59", "closes_at": ""}
LATE = {"late_kind": "per_day", "late_percent": "10", "late_cap_percent": "30", "late_grace_minutes": "15"}
LATE |= {"counting": "last", "cool_down_minutes": "0"}
ANSWERS = {"basics": BASICS, "suite": SUITE, "dates": DATES, "late": LATE}


@pytest.fixture
def course(db):
    return make_course(time_zone="Europe/Berlin", holidays="2026-12-24 to 2027-01-03 winter break")


@pytest.fixture
def leader(client, course):
    client.force_login(make_enrollment(course, "ines", Role.INSTRUCTOR).account)
    return client


def url(course, step: str) -> str:
    return reverse("new-assignment", args=[course.slug, step])


def post(client, course, step: str, data) -> str:
    page = client.post(url(course, step), data, follow=True)
    return html.unescape(" ".join(page.content.decode().split()))


def answer_all(client, course, **changes) -> None:
    for step, data in ANSWERS.items():
        post(client, course, step, {**data, **changes.get(step, {})})


@pytest.mark.slow
def test_four_steps_and_a_review_make_an_assignment_that_waits_for_its_suite(leader, course):
    answer_all(leader, course)
    review = html.unescape(leader.get(url(course, "review")).content.decode())
    assert "Fri 11 Dec 2026, 23:59 CET" in review
    assert "Late costs 10 % a day, at most 30 %; 15 minutes of grace." in review
    assert "an attempt of 80 points that arrives 27 hours late keeps 64, for 2 days begun" in review
    assert "not checked yet: it is a draft, and opens by itself" in review
    page = post(leader, course, "review", {"make": ""})
    assert "Tensor opens by itself once its suite has passed its check." in page
    made = Assignment.objects.get()
    assert (made.slug, made.points, made.is_draft, made.opens_when_checked) == ("tensor", 50, True, True)
    assert made.due_at == datetime(2026, 12, 11, 22, 59, tzinfo=UTC)
    assert made.suite == SuiteVersion.objects.get(name="m01_tensor")
    assert AuditEvent.objects.filter(reason="made in steps").count() == 1
    assert not WizardDraft.objects.exists()


@pytest.mark.slow
def test_with_a_suite_that_passed_it_is_open_and_needs_are_kept(leader, course):
    first = make_assignment(course, "m00")
    suite = first.suite
    SuiteVersion.objects.filter(pk=suite.pk).update(name="own/tensor", check_state=CheckState.PASSED, check_report={})
    answer_all(leader, course, basics={"needs": [first.pk]}, suite={"suite": f"version:{suite.pk}"})
    assert "it can be open at once" in leader.get(url(course, "review")).content.decode()
    assert "Tensor is open." in post(leader, course, "review", {"make": ""})
    made = Assignment.objects.get(slug="tensor")
    assert (made.is_draft, list(made.needs.all())) == (False, [first])


@pytest.mark.slow
@pytest.mark.parametrize("button", ["make", "draft"])
def test_without_a_suite_it_is_a_draft(leader, course, button):
    answer_all(leader, course, suite={"suite": "", "repository_pattern": "tensor-class/t-{login}"})
    post(leader, course, "review", {button: ""})
    made = Assignment.objects.get()
    assert (made.is_draft, made.repository_pattern, made.opens_when_checked) == (True, "", button == "make")
    assert made.pattern_when_open == ("tensor-class/t-{login}" if button == "make" else "")


def test_half_finished_answers_are_kept_and_shown_again(leader, course):
    page = post(leader, course, "basics", {"title": "Tensor", "slug": "", "points": "100", "later": ""})
    assert "What you typed is kept" in page
    assert 'value="Tensor"' in leader.get(url(course, "basics")).content.decode()
    assert "Not finished" in html.unescape(leader.get(url(course, "review")).content.decode())
    assert "thrown away" in post(leader, course, "basics", {"discard": ""})
    assert not WizardDraft.objects.exists()
    assert not Assignment.objects.exists()


@pytest.mark.medium
@pytest.mark.parametrize(
    ("step", "change", "words"),
    [
        ("basics", {"slug": "m00"}, "This course has an assignment m00: choose another short name."),
        ("basics", {"points": "-1"}, "greater than or equal to 0"),
        ("basics", {"title": ""}, "This field is required."),
        ("suite", {"suite": "folder:../../etc"}, "not one of the available choices"),
        ("suite", {"repository_pattern": "no slash"}, "must be an owner, a slash"),
        ("suite", {"takes_uploads": ""}, "Say where students push, or let them upload"),
        ("dates", {"due_at": "12/05/2026"}, "Write the day and the time as in 2026-12-05 23:59"),
        ("dates", {"due_at": "2026-12-05 11:59 pm"}, "Write the day and the time as in 2026-12-05 23:59"),
        ("dates", {"due_at": "2026-11-30T10:00"}, "It is due before it is released."),
        ("dates", {"closes_at": "2026-12-10T10:00"}, "The hard close cannot lie before the due time."),
        ("dates", {"due_at": "2026-12-13T23:59"}, "Sunday 13 December 2026 is a Sunday: choose another day"),
        ("dates", {"due_at": "2026-12-30T23:59"}, "is in the list of holidays (winter break): choose another day"),
        ("late", {"late_percent": "101"}, "less than or equal to 100"),
        ("late", {"late_percent": "1e400"}, "no more than 5 digits"),
        ("late", {"late_percent": "NaN"}, "Enter a number."),
    ],
)
@pytest.mark.parametrize("button", ["go on", "later"])
def test_bad_input_gets_a_sentence_and_changes_nothing(leader, course, step, change, words, button):
    make_assignment(course, "m00")
    before = (WizardDraft.objects.count(), Assignment.objects.count())
    page = post(leader, course, step, {**ANSWERS[step], **change, button: ""})
    if words == "This field is required." and button == "later":
        assert "What you typed is kept" in page
        return
    assert words in page
    assert (WizardDraft.objects.count(), Assignment.objects.count()) == before


def test_a_free_day_that_is_meant_is_taken(leader, course):
    data = {**DATES, "due_at": "2026-12-13T23:59", "is_due_day_chosen": "on"}
    post(leader, course, "dates", data)
    assert WizardDraft.objects.get().answers["dates"]["due_at"] == ["2026-12-13T23:59"]


def test_a_day_is_chosen_in_the_calendar_at_the_time_that_was_typed(leader, course):
    make_assignment(course, "m00", due_at=datetime(2026, 12, 4, 22, 59, tzinfo=UTC))
    page = post(leader, course, "dates", {"due_at": "", "due_day": "2026-12-10"})
    assert 'value="2026-12-10T23:59"' in page
    page = post(leader, course, "dates", {"due_at": "2026-12-10T18:00", "due_day": "2026-12-15"})
    assert 'value="2026-12-15T18:00"' in page
    assert "Due on Friday 4 December; due: m00" in page
    assert "Due on Thursday 24 December, winter break" in page
    assert "Write the day and the time" in post(leader, course, "dates", {"due_day": "tomorrow"})
    assert not WizardDraft.objects.exists()


def test_lateness_is_shown_in_words_before_it_is_kept(leader, course):
    page = post(leader, course, "late", {**LATE, "late_kind": "per_hour", "late_percent": "2", "look": ""})
    assert "Late costs 2 % an hour, at most 30 %; 15 minutes of grace." in page
    assert "keeps 56, for 27 hours begun" in page
    assert not WizardDraft.objects.exists()


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        (LatePolicy(), "arrives 27 hours late keeps 80."),
        (LatePolicy(LateKind.PER_DAY, Decimal(10), Decimal(15)), "keeps 68, for 2 days begun."),
        (LatePolicy(LateKind.SLIP_DAYS, Decimal(25)), "keeps all its points; where none is left, it keeps 40."),
    ],
)
def test_the_example_is_what_the_policy_does(policy, words):
    assert words in late_example(policy)


def test_a_calendar_has_whole_weeks_and_says_what_is_free_and_due():
    (november, december) = months([date(2026, 11, 29), date(2026, 12, 4)], {date(2026, 12, 25): "Christmas"}, {}, {})
    assert (november.title, december.title) == ("November 2026", "December 2026")
    assert all(len(week) == 7 for week in december.weeks)
    days = {day.date: day for week in december.weeks for day in week if day.is_of_month}
    assert len(days) == 31
    assert [day.day for day, each in days.items() if each.free] == [6, 13, 20, 25, 27]


@pytest.mark.parametrize("role", [Role.STUDENT, Role.OBSERVER, Role.TA])
def test_who_does_not_lead_the_course_finds_no_page(client, course, role):
    client.force_login(make_enrollment(course, "tess", role).account)
    assert (client.get(url(course, "basics")).status_code, client.post(url(course, "review")).status_code) == (404, 404)


def test_an_unknown_step_is_no_page(leader, course):
    assert leader.get(url(course, "everything")).status_code == 404
