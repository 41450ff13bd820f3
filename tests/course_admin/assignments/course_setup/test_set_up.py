"""Setting up a course, such as TinyTorch: the modules of each path, dates over the term, drafts, prerequisites, twice is once."""

import itertools
import tomllib
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings as project
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from course_admin.assignments.course_setup.plan import read_plan
from course_admin.assignments.course_setup.set_up import SetUp, set_up, spread
from course_admin.assignments.models import Assignment, SuiteVersion
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


def made(course, *chosen: int, **options) -> SetUp:
    terms = {
        "starts_on": START,
        "ends_on": END,
        "owner": OWNER,
        "actor": None,
        "at": NOW,
        "trusted": TRUSTED,
        **options,
    }
    return set_up(course=course, chosen=chosen, **terms)


@pytest.mark.parametrize(("path", "count"), [("A", 21), ("B", 14)])
def test_a_path_becomes_assignments_in_its_order(course, path, count):
    result = made(course, *PATHS[path])
    assignments = list(Assignment.objects.order_by("due_at"))
    assert [each.module for each in assignments] == [PLAN.first, *PATHS[path]]
    assert (len(assignments), len(result.opened), len(result.drafts)) == (count, 3, count - 3)
    assert all(each.due_at.astimezone(BERLIN).strftime("%H:%M") == "23:59" for each in assignments)
    assert assignments[-1].due_at.astimezone(BERLIN).date() == END
    assert AuditEvent.objects.filter(kind=AuditKind.DEADLINE).count() == count


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
    assert "its assignment is a draft until it passes" in result.notes[0]
    assert [each.suite.name for each in Assignment.objects.order_by("slug")][1] == "m01_tensor"


def test_prerequisites_within_the_course_are_set_and_others_are_named(course):
    assert made(course, *PATHS["A"]).notes == []
    slugs = Assignment.objects.get(slug="m05").needs.values_list("slug", flat=True)
    assert sorted(slugs) == ["m01", "m02", "m04"]
    (note,) = made(make_course("b"), *PATHS["B"]).notes
    assert note.startswith("Module 17 builds on 12, 13, not due before it")


def test_milestones_follow_where_all_their_modules_are_there(course):
    made(course, *PATHS["B"], with_milestones=True)
    first, second = Assignment.objects.filter(slug__startswith="ms")
    assert (first.slug, first.is_draft, second.title) == ("ms1", True, "Milestone 2: 1969, XOR")
    assert second.due_at == Assignment.objects.get(slug="m06").due_at
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


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)), st.integers(1, 300), st.integers(1, 30))
def test_due_times_are_in_order_and_within_the_term(start, days, count):
    end = start + timedelta(days=days)
    times = spread(start, end, count, BERLIN)
    assert times == sorted(times)
    assert times[-1].date() == end
    assert all(start <= each.date() and (each.hour, each.minute) == (23, 59) for each in times)
    gaps = {(later.date() - earlier.date()).days for earlier, later in itertools.pairwise(times)}
    assert not gaps or max(gaps) - min(gaps) <= 1


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


def test_the_page_makes_the_course_and_shows_its_dates(client, course):
    client.force_login(make_enrollment(course, "ines", Role.INSTRUCTOR).account)
    url = reverse("set-up-course", args=[course.slug])
    assert client.get(url).status_code == 200
    page = client.post(url, FORM).content.decode()
    assert "Open: 3. Drafts until their suites exist and have passed their check: 11." in page
    assert "Fri 5 Feb 2027, 23:59" in page
    assert Assignment.objects.count() == 14


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"ends_on": "2026-09-28"}, "must lie after"),
        ({"path": "C"}, "tick at least one"),
        ({"owner": "not/one"}, "must be an owner"),
        ({"path": "D"}, "not one of the available choices"),
        ({"edition": "0.1.14"}, "TinyTorch 0.1.14, of September 2026, cannot be graded yet; choose 0.1.0."),
        ({"edition": "9"}, "not one of the available choices"),
    ],
)
def test_what_cannot_be_a_course_is_named_and_makes_nothing(client, course, change, words):
    client.force_login(make_enrollment(course, "ines", Role.INSTRUCTOR).account)
    page = client.post(reverse("set-up-course", args=[course.slug]), {**FORM, **change})
    assert words in page.content.decode()
    assert not Assignment.objects.exists()


def test_a_broken_suite_makes_nothing(client, course, settings):
    (Path(settings.ASSAY_SUITES) / "m02_activations" / "suite.toml").write_text("title = ")
    client.force_login(make_enrollment(course, "ines", Role.INSTRUCTOR).account)
    page = client.post(reverse("set-up-course", args=[course.slug]), FORM)
    assert "A suite cannot be used, and nothing was made" in page.content.decode()
    assert not Assignment.objects.exists()


@pytest.mark.parametrize("role", [Role.STUDENT, Role.OBSERVER, Role.TA])
def test_who_does_not_lead_the_course_finds_no_page(client, course, role):
    client.force_login(make_enrollment(course, "tess", role).account)
    url = reverse("set-up-course", args=[course.slug])
    assert (client.get(url).status_code, client.post(url, FORM).status_code) == (404, 404)
