"""An instructor with real runs: an assignment by the wizard, release, insights, a regrade, similar pairs, a copy; and a plan."""

import re
import time
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from course_admin.assignments.models import Assignment
from course_admin.assignments.suites.versions import register_suite
from course_admin.courses.models import Role
from course_admin.gradebook.grading.grades import rows_of
from course_admin.settings.env import ROOT
from tests.course_admin.pages.flows.stage import SUITE, Stage, code
from tests.factories import OWNER, make_course, make_enrollment

pytestmark = [pytest.mark.browser, pytest.mark.bubblewrap, pytest.mark.slow, pytest.mark.alone]

#: Long enough to leave fingerprints.
OWN_WORK = """

def describe(values):
    total, count, smallest, biggest = 0, 0, None, None
    for value in values:
        total = total + value
        count = count + 1
        if smallest is None or value < smallest:
            smallest = value
        if biggest is None or value > biggest:
            biggest = value
    mean = total / count if count else 0.0
    spread = sum((value - mean) ** 2 for value in values) / max(count, 1)
    lines = [f"{name}: {figure}" for name, figure in (("mean", mean), ("spread", spread), ("from", smallest))]
    while len(lines) < 5:
        lines.append("-" * len(lines))
    return {"mean": mean, "spread": spread, "range": (smallest, biggest), "text": "; ".join(lines)}
"""
RENAMES = {"values": "xs", "total": "acc", "count": "n", "smallest": "lo", "biggest": "hi", "describe": "facts"}


def reload_until(page: Page, words: str) -> None:
    """Reload a page that need not follow by itself, until it says something."""
    deadline = time.monotonic() + 120
    while not page.get_by_text(words).count():
        assert time.monotonic() < deadline, words
        page.wait_for_timeout(500)
        page.reload()


def renamed(text: str) -> str:
    for old, new in RENAMES.items():
        text = re.sub(rf"\b{old}\b", new, text)
    return text


def test_an_instructor_from_the_wizard_to_the_next_term(stage: Stage, course):
    ines = make_enrollment(course, "ines", Role.INSTRUCTOR, name="Ines Moreau").account
    people = [make_enrollment(course, login) for login in ("ada", "bo", "cy")]
    due = timezone.now() + timedelta(days=10)
    due += timedelta(days=1 if due.weekday() == 6 else 0)
    if due.astimezone(course.zone).weekday() == 6:
        due += timedelta(days=1)

    def makes_an_assignment(page: Page) -> None:
        page.get_by_role("navigation", name=course.title).get_by_role("link", name="Assignments").click()
        page.get_by_role("link", name="New assignment").click()
        page.get_by_label("Title").fill("Doubling")
        page.get_by_label("Short name").fill("m01")
        page.get_by_role("button", name="Keep and go on").click()
        page.get_by_label("Suite").select_option(label="tiny, as it lies in the suites' folder")
        page.get_by_label("Repositories").fill(f"{OWNER}/m01-{{login}}")
        page.get_by_role("button", name="Keep and go on").click()
        page.get_by_label("Due", exact=True).fill(f"{due:%Y-%m-%d}T23:59")
        page.get_by_label("Hold the grades").check()
        page.get_by_role("button", name="Keep and go on").click()
        page.get_by_role("button", name="Show it in words").click()
        expect(page.locator(".notice.info")).not_to_be_empty()
        page.get_by_role("button", name="Keep and go on").click()
        expect(page.locator("main")).to_contain_text(f"{due:%a} {due.day}")
        page.get_by_role("button", name=re.compile("Make it, and open it")).click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Assignments")
        expect(page.locator("main")).to_contain_text("Doubling")

    stage.visit(ines, makes_an_assignment)
    made = Assignment.objects.get(course=course)
    assert (made.slug, made.is_draft, made.holds_grades) == ("m01", False, True)
    work = [
        code(halve="x / 2", more=OWN_WORK),
        code(halve="x / 2", more=renamed(OWN_WORK)),
        code(double="abs(2 * x)", halve="x // 2"),
    ]
    for person, text in zip(people, work, strict=True):
        stage.hand_in(person, made, text)
    stage.wait_for_graded(3)

    def releases(page: Page) -> None:
        page.get_by_role("link", name="Doubling").first.click()
        page.get_by_role("link", name="Hold or publish grades").click()
        expect(page.locator(".strip")).to_contain_text("3 students")
        page.get_by_role("button", name="Publish now").click()
        expect(page.locator(".strip")).to_contain_text("published")

    stage.visit(ines, releases)
    stage.visit(
        people[0].account,
        lambda page: (page.reload(), expect(page.locator("main")).to_contain_text("80")),
    )

    def reads_insights(page: Page) -> None:
        page.get_by_role("link", name="Doubling").first.click()
        page.locator("#content").get_by_role("link", name="Insights").click()
        expect(page.locator(".strip")).to_contain_text("3")
        expect(page.locator("svg[role=img]").first).to_be_visible()
        with page.expect_download() as loading:
            page.get_by_role("link", name="Download as CSV").first.click()
        assert loading.value.suggested_filename.endswith(".csv")

    stage.visit(ines, reads_insights)

    folder = stage.pipeline.folder / "suites" / "tiny"
    (folder / "test_tiny.py").write_text(SUITE["test_tiny.py"].replace("halve(5) == 2", "halve(5) in (2, 2.5)"))
    register_suite(name="tiny", at=timezone.now(), trusted="half of 5 is 2.5, too")

    def previews_a_regrade(page: Page) -> None:
        page.goto(f"/courses/{course.slug}/assignments/m01/")
        page.get_by_role("link", name="Regrade").click()
        page.get_by_role("link", name=re.compile("review")).first.click()
        page.get_by_label("Why").fill("half of 5 is 2.5, too")
        page.get_by_role("button", name="Begin the preview").click()
        reload_until(page, "What publishing would do")
        expect(page.locator(".strip").first).to_contain_text("Grades that change2")
        expect(page.locator("main")).to_contain_text("Halving gives half of the number")

    stage.visit(ines, previews_a_regrade)
    assert [rows_of(person)[0].points for person in people] == [80, 80, 70]
    stage.visit(ines, lambda page: page.get_by_role("button", name=re.compile("Publish")).click())
    stage.visit(ines, lambda page: expect(page.locator("main")).to_contain_text("published"))
    assert [rows_of(person)[0].points for person in people] == [Decimal(100), Decimal(100), Decimal(70)]

    def looks_at_pairs(page: Page) -> None:
        page.goto(f"/courses/{course.slug}/assignments/m01/")
        page.get_by_role("link", name="Similar submissions").click()
        page.get_by_role("button", name="Compare the newest submissions").click()
        reload_until(page, "Compared 3 texts")
        expect(page.locator("tbody tr")).to_have_count(1)
        page.get_by_role("link", name=re.compile("Ada and Bo|Bo and Ada")).click()
        expect(page.locator(".hit").first).to_be_visible()

    stage.visit(ines, looks_at_pairs)

    following = make_course("ml-2027", title="Machine Learning Systems 2027", time_zone="Europe/Berlin")
    make_enrollment(following, "ines", Role.INSTRUCTOR, name="Ines Moreau", account=ines)

    def copies(page: Page) -> None:
        page.goto(f"/courses/{following.slug}/")
        page.get_by_role("link", name="Assignments").click()
        page.get_by_role("link", name="Copy another term").click()
        page.get_by_label("Copy from").select_option(label=course.title)
        page.get_by_label("New organisation").fill("next-class")
        page.get_by_role("button", name="Show what would be made").click()
        page.get_by_role("button", name="Make 1 assignment").click()
        expect(page.locator("main")).to_contain_text("Doubling")

    stage.visit(ines, copies)
    copied = Assignment.objects.get(course=following)
    assert (copied.slug, copied.attempts.count()) == ("m01", 0)


def test_an_instructor_makes_a_course_by_its_plan(stage: Stage, course, settings):
    settings.ASSAY_SUITES = ROOT / "test_suites"
    ines = make_enrollment(course, "ines", Role.INSTRUCTOR, name="Ines Moreau").account
    first, last = (timezone.now() + timedelta(days=days) for days in (7, 120))

    def plans(page: Page) -> None:
        page.get_by_role("navigation", name=course.title).get_by_role("link", name="Assignments").click()
        page.get_by_role("link", name="Set up the course").click()
        page.get_by_label("Term starts on").fill(f"{first:%Y-%m-%d}")
        page.get_by_label("Last due date").fill(f"{last:%Y-%m-%d}")
        page.get_by_label("GitHub organisation").fill(OWNER)
        page.get_by_role("button", name="Plan the course").click()
        expect(page.locator("table.plan tbody tr").first).to_be_visible()
        page.locator("table.plan tbody tr").first.get_by_role("textbox").first.fill("Warming up")
        page.get_by_role("button", name="Keep changes and look again").click()
        expect(page.locator("table.plan tbody tr").first.get_by_role("textbox").first).to_have_value("Warming up")
        page.get_by_role("button", name=re.compile(r"Make \d+ assignments")).click()
        expect(page.locator("main")).to_contain_text("Warming up")

    stage.visit(ines, plans)
    found = list(course.assignments.order_by("due_at"))
    assert len(found) > 5
    assert found[0].title == "Warming up"
    assert all(each.due_at.astimezone(course.zone).weekday() != 6 for each in found)
