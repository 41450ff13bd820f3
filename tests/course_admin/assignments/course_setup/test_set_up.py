"""Setting up a course, such as TinyTorch: the modules of each path, dates over the term, drafts, prerequisites, twice is once."""

import html
import itertools
import tomllib
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings as project
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from course_admin.assignments.course_setup.plan import read_plan
from course_admin.assignments.course_setup.proposal import propose
from course_admin.assignments.course_setup.schedule import TermTooShort, spread
from course_admin.assignments.course_setup.set_up import NotToBeMade, SetUp, set_up
from course_admin.assignments.models import Assignment, CheckState, SuiteVersion, WizardDraft
from course_admin.assignments.suites.opening import open_checked
from course_admin.courses.models import AuditEvent, AuditKind, Role
from grader.errors import SuiteError
from grader.suite.course_table import read_course_table
from tests.factories import NOW, OWNER, make_course, make_enrollment

BERLIN = ZoneInfo("Europe/Berlin")
START, END = date(2026, 9, 28), date(2027, 2, 5)  # the clocks change in between
REAL = Path(project.ASSAY_SUITES)
PLAN = read_plan(REAL)
PATHS = {each.name: each.modules for each in PLAN.paths.values()}
SUITE = """
title = "{title}"
topic = "{topic}"
package = "{package}"
modules = ["{package}"]
points = 1
"""
TEST = "def test_one():\n    assert True\n"
WITH_SUITE = (0, 1, 2)
TRUSTED = "checked before the term"


@pytest.fixture
def course(db, settings, tmp_path):
    """A course, and suites of the first modules beside the real table of modules."""
    (tmp_path / "modules.toml").write_text((REAL / "modules.toml").read_text())
    settings.ASSAY_SUITES = tmp_path
    for module in read_plan().modules.values():
        if module.number in WITH_SUITE:
            folder = tmp_path / module.suite
            folder.mkdir()
            text = SUITE.format(title=module.title, topic=f"t{module.number}", package=f"p{module.number}")
            (folder / "suite.toml").write_text(text)
            (folder / "test_one.py").write_text(TEST)
    return make_course(time_zone="Europe/Berlin")


def proposed(course, *chosen: int, ends_on: date = END, with_milestones: bool = False, edition: str = ""):
    plan = read_plan(edition=edition)
    return propose(course, plan, chosen, (START, ends_on), course.free_days, with_milestones=with_milestones)


def made(course, *chosen: int, trusted: str = TRUSTED, **options) -> SetUp:
    lines = proposed(course, *chosen, **options)
    return set_up(course=course, lines=lines, owner=OWNER, actor=None, at=NOW, trusted=trusted)


@pytest.mark.parametrize("path", ["A", "B"])
def test_a_path_becomes_assignments_in_its_order(course, path):
    result, count = made(course, *PATHS[path]), 1 + len(PATHS[path])
    assignments = list(Assignment.objects.order_by("due_at"))
    assert [each.module for each in assignments] == [PLAN.first, *PATHS[path]]
    assert (len(assignments), len(result.opened), len(result.drafts)) == (count, 3, count - 3)
    assert all(each.due_at.astimezone(BERLIN).strftime("%H:%M") == "23:59" for each in assignments)
    assert assignments[-1].due_at.astimezone(BERLIN).date() == END
    events = AuditEvent.objects.filter(kind=AuditKind.DEADLINE)
    assert events.filter(before__isnull=True).count() == count
    built = sum(each.needs.exists() for each in assignments)
    assert built == events.filter(after__has_key="needs", before__needs=[]).count() > 0


@pytest.mark.slow
def test_what_has_a_suite_is_open_and_the_rest_takes_no_push(course):
    made(course, *PATHS["A"])
    tensor, capstone = Assignment.objects.get(slug="m01"), Assignment.objects.get(slug="m20")
    assert (tensor.is_draft, tensor.suite.name) == (False, "m01_tensor")
    assert tensor.repository_pattern == f"{OWNER}/m01-{{login}}"
    assert (capstone.is_draft, capstone.suite, capstone.repository_pattern) == (True, None, "")
    for assignment in Assignment.objects.all():
        assignment.full_clean()


def test_without_trust_everything_is_a_draft_until_its_suite_passed(course):
    result = made(course, 1, 2, trusted="")
    assert (result.opened, len(result.drafts)) == ([], 3)
    assert "its assignment is a draft, and opens by itself once it passes" in result.notes[0]
    assert [each.suite.name for each in Assignment.objects.order_by("slug")][1] == "m01_tensor"


def test_prerequisites_within_the_course_are_set_and_others_are_named(course):
    assert made(course, *PATHS["A"]).notes == []
    slugs = Assignment.objects.get(slug="m05").needs.values_list("slug", flat=True)
    assert sorted(slugs) == ["m01", "m02", "m03", "m04"]
    (note,) = made(make_course("b"), *PATHS["B"]).notes
    assert note.startswith("Module 17 builds on 12, 13, not due before it")


def test_milestones_follow_where_all_their_modules_are_there(course):
    made(course, *PATHS["B"], with_milestones=True)
    first, second = Assignment.objects.filter(slug__startswith="ms")
    assert (first.slug, first.is_draft, second.title) == ("ms1", True, "Milestone 2: 1969, XOR")
    assert second.due_at > Assignment.objects.get(slug="m06").due_at
    assert second.needs.count() == 6
    everything = make_course("whole")
    made(everything, *PATHS["A"], with_milestones=True)
    assert everything.assignments.filter(slug__startswith="ms").count() == len(PLAN.milestones)
    assert made(everything, *PATHS["A"], with_milestones=True).drafts == []


def test_setting_up_twice_changes_nothing(course):
    made(course, 1, 2)
    before = list(Assignment.objects.values())
    again = made(course, 1, 2, ends_on=END - timedelta(days=9))
    assert (len(again.kept), again.opened, again.drafts) == (3, [], [])
    assert list(Assignment.objects.values()) == before
    assert SuiteVersion.objects.count() == 3


@given(
    st.dates(date(2020, 1, 1), date(2040, 1, 1)),
    st.integers(1, 300),
    st.integers(1, 30),
    st.sets(st.integers(0, 300), max_size=40),
)
def test_due_days_are_in_order_within_the_term_and_free_of_sundays_and_holidays(start, days, count, free):
    end = start + timedelta(days=days)
    holidays = {start + timedelta(days=n): "free" for n in free}
    taught = [start + timedelta(days=n) for n in range(1, days + 1)]
    taught = [day for day in taught if day.weekday() != 6 and day not in holidays]
    if len(taught) < count:
        with pytest.raises(TermTooShort, match=f"there (is|are) {len(taught)} days?"):
            spread(start, end, count, holidays)
        return
    slots = spread(start, end, count, holidays)
    due = [each.due_on for each in slots]
    assert due == sorted(set(due))
    assert set(due) <= set(taught)
    assert slots[0].releases_on == start
    assert [each.releases_on for each in slots[1:]] == [day + timedelta(days=1) for day in due[:-1]]


def test_due_days_are_as_even_as_free_days_allow():
    slots = spread(START, END, 20, {date(2026, 12, 24) + timedelta(days=n): "break" for n in range(11)})
    gaps = [(later.due_on - earlier.due_on).days for earlier, later in itertools.pairwise(slots)]
    assert slots[-1].due_on == END
    assert set(sorted(gaps)[2:-2]) <= {5, 6, 7, 8}


def test_nothing_is_due_on_a_free_day_unless_it_is_chosen(course):
    lines = proposed(course, 1)
    sunday = datetime(2026, 12, 6, 23, 59, tzinfo=BERLIN)
    moved = [replace(lines[0], due_at=sunday), *lines[1:]]
    with pytest.raises(NotToBeMade, match="m00: Sunday 6 December 2026 is a Sunday: choose another day"):
        set_up(course=course, lines=moved, owner=OWNER, actor=None, at=NOW)
    assert not Assignment.objects.exists()
    chosen = [replace(moved[0], is_due_day_chosen=True), *lines[1:]]
    set_up(course=course, lines=chosen, owner=OWNER, actor=None, at=NOW)
    assert Assignment.objects.get(slug="m00").due_at == sunday


def test_a_milestone_is_not_due_before_a_module_that_it_is_built_from(course):
    lines = {each.slug: each for each in proposed(course, *PATHS["A"], with_milestones=True)}
    early = replace(lines["ms1"], releases_at=None, due_at=lines["m02"].due_at)
    with pytest.raises(NotToBeMade, match="ms1: It is due before Module 03: Layers, which it is built from"):
        set_up(course=course, lines=[*({**lines, "ms1": early}).values()], owner=OWNER, actor=None, at=NOW)
    assert not Assignment.objects.exists()


def test_a_draft_opens_by_itself_once_its_suite_has_passed(course):
    made(course, 1, trusted="")
    assert open_checked(at=NOW) == 0
    suite = SuiteVersion.objects.get(name="m01_tensor")
    SuiteVersion.objects.filter(pk=suite.pk).update(
        check_state=CheckState.PASSED, check_token="", check_report={"rules": [], "holds": True}
    )
    assert open_checked(at=NOW) == 1
    tensor = Assignment.objects.get(slug="m01")
    assert (tensor.is_draft, tensor.repository_pattern) == (False, f"{OWNER}/m01-{{login}}")
    assert tensor.releases_at is not None
    assert not tensor.is_released(tensor.releases_at - timedelta(seconds=1))
    assert AuditEvent.objects.filter(reason__startswith="its suite has passed its check").count() == 1
    assert Assignment.objects.get(slug="m00").is_draft


def test_a_draft_whose_repositories_are_anothers_by_then_stays_one_and_says_why(course):
    made(course, 1, trusted="")
    SuiteVersion.objects.update(check_state=CheckState.TRUSTED, check_token="", trusted_reason="for a test")
    make_course("other", repository_prefix=f"{OWNER}/")
    assert open_checked(at=NOW) == 0
    tensor = Assignment.objects.get(slug="m01")
    assert (tensor.is_draft, tensor.opens_when_checked, tensor.repository_pattern) == (True, False, "")
    assert AuditEvent.objects.filter(reason__startswith="it cannot open by itself: The repositories").count() == 2


def test_whom_another_course_lets_grade_unchecked_opens_nothing_here_by_itself(course):
    made(course, 1, trusted="")
    eve = make_enrollment(make_course("b"), "eve", Role.INSTRUCTOR).account
    said = {"check_state": CheckState.TRUSTED, "check_token": "", "trusted_reason": "ours", "trusted_by": eve}
    SuiteVersion.objects.update(**said)
    assert open_checked(at=NOW) == 0
    assert set(Assignment.objects.values_list("is_draft", "opens_when_checked")) == {(True, False)}
    assert AuditEvent.objects.filter(reason__contains="does not lead this course").count() == 2
    result = made(make_course("c"), 1, trusted="")
    assert (result.opened, len(result.drafts)) == ([], 2)
    assert "open the assignment yourself, if you agree" in result.notes[0]
    assert len(made(make_course("d"), 1).opened) == 2, "with a reason of their own it is"


def test_every_suite_in_the_repository_belongs_to_a_module_of_the_table(db):
    folders = {path.parent.name for path in REAL.glob("m*/suite.toml")}
    assert folders <= {each.suite for each in (*read_plan().modules.values(), *PLAN.milestones)}
    assert set(PATHS["A"]) | {PLAN.first} == set(read_plan().modules)


@pytest.mark.parametrize("number", range(1, len(PLAN.milestones) + 1))
def test_a_milestone_is_what_its_suite_says(number):
    milestone = read_course_table(REAL).milestones[number - 1]
    manifest = tomllib.loads((REAL / milestone.suite / "suite.toml").read_text())
    assert manifest["title"] == f"Milestone {number}: {milestone.title}"
    assert manifest["needs"] == list(milestone.topics)
    assert "topic" not in manifest


def test_a_service_refuses_an_edition_that_is_not_offered(course):
    with pytest.raises(SuiteError, match=r"The edition TinyTorch 0\.1\.10, of April 2026, cannot be graded yet"):
        made(course, 1, edition="0.1.10")
    assert not Assignment.objects.exists()


FORM = {"trusted": TRUSTED, "path": "B", "starts_on": "2026-09-28", "ends_on": "2027-02-05", "owner": OWNER}


@pytest.fixture
def leader(client, course):
    client.force_login(make_enrollment(course, "ines", Role.INSTRUCTOR).account)
    return client


def post(client, name: str, course, data) -> str:
    page = client.post(reverse(name, args=[course.slug]), data, follow=True)
    return html.unescape(" ".join(page.content.decode().split()))


def plan_of(client, course) -> dict[str, str]:
    """Return the fields of the plan's page, as a browser would send them."""
    rows = client.get(reverse("set-up-preview", args=[course.slug])).context["rows"]
    fields = {}
    for row in rows:
        for bound in row["form"]:
            value = bound.value()
            if isinstance(value, datetime):
                value = value.astimezone(BERLIN).strftime("%Y-%m-%dT%H:%M")
            if value not in (False, None):
                fields[bound.html_name] = "on" if value is True else value
    return fields


@pytest.mark.slow
def test_the_pages_plan_a_course_keep_what_is_changed_and_then_make_it(leader, course):
    assert leader.get(reverse("set-up-course", args=[course.slug])).status_code == 200
    page = post(leader, "set-up-course", course, FORM)
    assert "Nothing is made yet" in page
    assert "Make 14 assignments" in page
    assert not Assignment.objects.exists()
    fields = plan_of(leader, course)
    del fields["m18-is_included"]
    fields |= {"m01-title": "Tensors, at last", "m01-due_at": "2026-10-16T18:00"}
    page = post(leader, "set-up-preview", course, {**fields, "look": ""})
    assert "Make 13 assignments" in page
    assert "Friday" in page
    assert plan_of(leader, course)["m01-title"] == "Tensors, at last"
    page = post(leader, "set-up-preview", course, {**plan_of(leader, course), "make": ""})
    assert (
        "Open: 3. Drafts that open by themselves once their suite has passed its check: 10. There already: 0." in page
    )
    tensor = Assignment.objects.get(slug="m01")
    assert (tensor.title, tensor.due_at) == ("Tensors, at last", datetime(2026, 10, 16, 18, tzinfo=BERLIN))
    assert not Assignment.objects.filter(slug="m18").exists()
    assert not WizardDraft.objects.exists()


@pytest.mark.slow
def test_holidays_are_kept_with_the_course_and_nothing_is_due_on_them(leader, course):
    post(leader, "set-up-course", course, {**FORM, "holidays": "2027-02-01 to 2027-02-05 exams\n2026-12-25 Christmas"})
    fields = plan_of(leader, course)
    assert fields["m19-due_at"] == "2027-01-30T23:59"
    page = post(leader, "set-up-preview", course, {**fields, "m19-due_at": "2027-02-05T23:59", "make": ""})
    assert ">m19</a>: Friday 5 February 2027 is in the list of holidays (exams)" in page
    assert not Assignment.objects.exists()
    chosen = {**plan_of(leader, course), "m19-is_due_day_chosen": "on", "make": ""}
    assert "There already: 0" in post(leader, "set-up-preview", course, chosen)
    course.refresh_from_db()
    assert course.free_days[date(2026, 12, 25)] == "Christmas"


@pytest.mark.medium
@pytest.mark.parametrize(
    "typed", ["12/05/2026 23:59", "2026-12-05 11:59 pm", "5.12.2026", "2026-12-05", "", "2026-13-05T10:00"]
)
def test_a_time_in_another_form_is_refused_and_nothing_is_kept_or_made(leader, course, typed):
    post(leader, "set-up-course", course, FORM)
    before = WizardDraft.objects.get().answers
    page = post(leader, "set-up-preview", course, {**plan_of(leader, course), "m01-due_at": typed, "make": ""})
    assert "Something below cannot be read" in page
    assert WizardDraft.objects.get().answers == before
    assert not Assignment.objects.exists()


@pytest.mark.medium
def test_a_plan_is_its_authors_own_and_can_be_thrown_away(leader, client, course):
    post(leader, "set-up-course", course, FORM)
    assert "The plan is thrown away" in post(leader, "set-up-preview", course, {"discard": ""})
    post(leader, "set-up-course", course, FORM)
    client.force_login(make_enrollment(course, "hal", Role.HEAD_TA).account)
    assert client.get(reverse("set-up-preview", args=[course.slug])).status_code == 302


@pytest.mark.medium
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"ends_on": "2026-09-28"}, "must lie after"),
        (
            {"ends_on": "2026-10-06"},
            "there are 7 days that are neither Sundays nor holidays, and there are more assignments (14)",
        ),
        ({"starts_on": "09/28/2026"}, "Write the day as in 2026-12-05"),
        ({"holidays": "2026-12-25 Christmas\n25.12."}, "Line 2 is no day, or no days: 25.12."),
        ({"holidays": "2027-01-03 to 2026-12-24 break"}, "Line 1 ends before it begins"),
        ({"path": "C"}, "tick at least one"),
        ({"owner": "not one"}, "must be an owner"),
        ({"path": "D"}, "not one of the available choices"),
        ({"edition": "0.1.14"}, "TinyTorch 0.1.14, of September 2026, cannot be graded yet; choose 0.1.0."),
        ({"edition": "9"}, "not one of the available choices"),
    ],
)
def test_what_cannot_be_a_course_is_named_and_makes_nothing(leader, course, change, words):
    assert words in post(leader, "set-up-course", course, {**FORM, **change})
    assert not WizardDraft.objects.exists()


@pytest.mark.slow
def test_a_broken_suite_makes_nothing(leader, course, settings):
    (Path(settings.ASSAY_SUITES) / "m02_activations" / "suite.toml").write_text("title = ")
    post(leader, "set-up-course", course, FORM)
    assert "Nothing was made:" in post(leader, "set-up-preview", course, {**plan_of(leader, course), "make": ""})
    assert not Assignment.objects.exists()
    assert WizardDraft.objects.exists()


@pytest.mark.parametrize("role", [Role.STUDENT, Role.OBSERVER, Role.TA])
def test_who_does_not_lead_the_course_finds_no_page(client, course, role):
    client.force_login(make_enrollment(course, "tess", role).account)
    url = reverse("set-up-course", args=[course.slug])
    assert (client.get(url).status_code, client.post(url, FORM).status_code) == (404, 404)
