"""A TA with real runs: a cluster answered, split and merged; a rubric by the keyboard alone; points and days from the gradebook."""

import re
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from course_admin.assignments.models import Assignment, Extension, SuiteVersion
from course_admin.courses.models import AuditEvent, Enrollment, Role
from course_admin.gradebook.models import Override
from course_admin.manual_grading.grading.deal import deal_out
from course_admin.manual_grading.models import HandGrading
from course_admin.manual_grading.questions.set_up import set_questions
from course_admin.manual_grading.questions.text import suite_text
from course_admin.review.models import Cluster, Comment
from tests.course_admin.pages.flows.stage import Stage, code
from tests.factories import make_assignment, make_enrollment

pytestmark = [pytest.mark.browser, pytest.mark.bubblewrap, pytest.mark.slow, pytest.mark.alone]

KEYS = 40  # more than any form here has fields


@pytest.fixture
def tiny(stage: Stage, course) -> Assignment:
    due_at = timezone.now() + timezone.timedelta(days=3)
    return make_assignment(course, "m01", title="Doubling", suite=SuiteVersion.objects.get(name="tiny"), due_at=due_at)


@pytest.fixture
def class_of_four(stage: Stage, course, tiny) -> list[Enrollment]:
    """Two mistakes, each of two students who name things differently."""
    work = {
        "ada": code(double="abs(2 * x)", halve="x // 2"),
        "bo": code(double="abs(2 * x)", halve="x // 2", larger="max(a, b)").replace("y", "res"),
        "cy": code(halve="x // 2", larger="a.max(b)"),
        "dee": code(halve="x // 2", larger="b.max(a)").replace("y", "out"),
    }
    people = [make_enrollment(course, login) for login in work]
    for person, text in zip(people, work.values(), strict=True):
        stage.hand_in(person, tiny, text)
    stage.wait_for_graded(len(people))
    return people


def test_a_ta_reviews_grades_and_grants(stage: Stage, course, tiny, class_of_four):
    tess = make_enrollment(course, "tess", Role.TA, name="Tess Lind").account

    def reaches_a_submission_in_three_clicks(page: Page) -> None:
        page.get_by_role("navigation", name=course.title).get_by_role("link", name="Assignments").click()
        page.get_by_role("link", name="failures").first.click()
        page.get_by_role("link", name=re.compile("Submission that shows it best")).first.click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("attempt 1")

    stage.visit(tess, reaches_a_submission_in_three_clicks)

    def answers(page: Page) -> None:
        page.get_by_role("link", name="Failures that look alike").click()
        expect(page.locator("tbody tr")).to_have_count(2)
        page.locator("tbody tr").filter(has_text="double").get_by_role("link").first.click()
        expect(page.locator("article")).to_have_count(2)
        page.get_by_label("What helps, for the students").fill("What should double(-4) be?")
        page.get_by_role("button", name="Answer", exact=True).click()
        expect(page.locator(".messages")).to_contain_text("Everybody in it reads your answer now")

    stage.visit(tess, answers)
    stage.visit(
        class_of_four[0].account,
        lambda page: (
            page.goto(f"/courses/{course.slug}/assignments/{tiny.slug}/"),
            page.get_by_role("link", name=re.compile("attempt 1", re.IGNORECASE)).first.click(),
            expect(page.locator("main")).to_contain_text("What should double(-4) be?"),
        ),
    )

    def merges_and_splits(page: Page) -> None:
        page.get_by_label("Merge with").select_option(index=0)
        page.get_by_role("button", name="Merge").click()
        expect(page.locator(".chip").first).to_have_text("4 students")
        boxes = page.get_by_role("checkbox", name=re.compile("Choose"))
        expect(boxes).to_have_count(2)
        page.get_by_role("checkbox", name=re.compile("larger")).check()
        page.get_by_role("button", name="Split the chosen ones off").click()
        expect(page.locator(".messages")).to_contain_text("This is what you split off.")
        expect(page.locator(".chip").first).to_have_text("2 students")

    stage.visit(tess, merges_and_splits)
    assert Cluster.objects.count() == 2

    def comments_on_a_line(page: Page) -> None:
        page.locator("article h3 a").first.click()
        page.get_by_role("link", name="The whole report").click()
        page.get_by_text("How this was graded").click()
        page.get_by_role("link", name="all that was handed in").click()
        page.get_by_role("link", name="core.py").first.click()
        page.locator("#L11 a").click()
        expect(page.get_by_label("Line")).to_have_value("11")
        page.get_by_role("button", name="Comment on this line").click()
        expect(page.locator(".hit")).to_contain_text("max")
        page.get_by_label("Comment, in Markdown").fill("Numbers have no `max`.")
        page.get_by_role("button", name="Comment", exact=True).click()
        expect(page.locator(".on-line")).to_contain_text("Numbers have no max.")

    stage.visit(tess, comments_on_a_line)
    assert Comment.objects.get().line == 11

    set_questions(assignment=tiny, text=suite_text(tiny), is_blind=True, actor=None, at=timezone.now())
    grader = Enrollment.objects.get(account=tess)
    deal_out(assignment=tiny, graders=[grader], by_section=False, actor=None, at=timezone.now())

    def grades_by_the_keyboard_alone(page: Page) -> None:
        page.goto(f"/courses/{course.slug}/assignments/{tiny.slug}/by-hand/")
        tab_to(page, "Grade the next one")
        page.keyboard.press("Enter")
        for place in range(4):
            expect(page.locator(".sheet").first).to_be_focused()
            expect(page.locator("main")).to_contain_text(f"{4 - place} left for you")
            page.keyboard.press("1" if place % 2 else "2")
            page.keyboard.press("c")
            page.keyboard.type("Say how.")
            page.keyboard.press("Escape")
            page.keyboard.press("f")
            expect(page.locator(".messages, main").first).to_be_visible()
        expect(page.locator("main")).not_to_contain_text("left for you.")

    stage.visit(tess, grades_by_the_keyboard_alone)
    assert HandGrading.objects.filter(finished_at=None).count() == 0
    assert {each.grader for each in HandGrading.objects.all()} == {tess}

    def grants_from_the_gradebook(page: Page) -> None:
        page.get_by_role("link", name="Gradebook").click()
        page.get_by_role("link", name=re.compile("m01 of Ada")).click()
        page.get_by_label("Points").fill("9.5")
        page.get_by_label("Why").first.fill("oral examination")
        page.get_by_role("button", name="Set the points").click()
        expect(page.locator(".strip")).to_contain_text("9.5 of 100")
        page.get_by_label("Days").fill("2")
        page.locator("form").filter(has=page.get_by_label("Days")).get_by_label("Why").fill("illness")
        page.get_by_role("button", name="Give this time").click()
        expect(page.locator("main")).to_contain_text("2 days, granted by")

    stage.visit(tess, grants_from_the_gradebook)
    assert Override.objects.get().points == Decimal("9.5")
    assert Extension.objects.get().days == 2

    def looks_as_the_student(page: Page) -> None:
        page.get_by_role("link", name="Ada").first.click()
        page.get_by_role("button", name="View as Ada").click()
        expect(page.locator(".viewing")).to_contain_text("You see what Ada sees")
        expect(page.get_by_role("heading", level=1)).to_have_text("Your grades")
        expect(page.locator("main")).not_to_contain_text("9.5")  # held: a manual part waits for publication
        page.get_by_role("button", name="End viewing as a student").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Grades of")

    stage.visit(tess, looks_as_the_student)
    assert AuditEvent.objects.filter(kind="access", actor=tess).count() == 1


def tab_to(page: Page, name: str) -> None:
    """Press Tab until a link of that name has the focus."""
    for _ in range(KEYS):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == name:
            return
    raise AssertionError(f"{name} is not reached by the keyboard")
