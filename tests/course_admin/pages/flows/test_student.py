"""A student with real runs: log in, push, watch, read, compare, comment, request a review, say what is mailed."""

import re

import pytest
from playwright.sync_api import Page, expect

from course_admin.assignments.models import Assignment, SuiteVersion
from course_admin.courses.models import Role
from course_admin.discussion.models import RegradeRequest
from course_admin.notifications.models import Preference
from course_admin.notifications.tasks import TELL
from course_admin.review.models import Comment
from course_admin.submissions.models import Attempt
from tests.course_admin.pages.flows.stage import Stage, code
from tests.factories import make_assignment, make_enrollment

pytestmark = [pytest.mark.browser, pytest.mark.bubblewrap, pytest.mark.slow, pytest.mark.alone]


@pytest.fixture
def tiny(stage: Stage, course) -> Assignment:
    return make_assignment(course, "m01", title="Doubling", suite=SuiteVersion.objects.get(name="tiny"))


def test_a_student_from_the_first_push_to_an_answer(stage: Stage, course, tiny):
    mira = make_enrollment(course, "mira-okafor", name="Mira Okafor")
    tess = make_enrollment(course, "tess", Role.TA, name="Tess Lind")

    def reads_what_to_do(page: Page) -> None:
        expect(page.get_by_role("heading", level=1)).to_have_text(course.title)
        expect(page.locator("main")).to_contain_text("Doubling")
        page.get_by_role("navigation", name=course.title).get_by_role("link", name="Assignments").click()
        page.get_by_role("link", name="Doubling").first.click()
        expect(page.locator("main")).to_contain_text("git clone")

    stage.visit(mira.account, reads_what_to_do)
    stage.hand_in(mira, tiny, code(double="abs(2 * x)", halve="x // 2"))
    stage.pipeline.wait_until(Attempt.objects.exists)

    def watches(page: Page) -> None:
        page.reload()
        page.get_by_role("link", name=re.compile("attempt 1", re.IGNORECASE)).first.click()
        expect(page.locator("#report")).to_contain_text("of 10 points")  # by itself: the page follows
        expect(page).to_have_title(re.compile("Graded: 7 of 10"))

    stage.visit(mira.account, watches)

    def reads(page: Page) -> None:
        card = page.locator("details.card.lost").first
        expect(card).to_contain_text("Doubling keeps the sign")
        expect(page.locator("main")).to_contain_text("3 checks passed")
        page.get_by_text("How this was graded").click()
        page.get_by_role("link", name="all that was handed in").click()
        page.get_by_role("link", name="core.py").first.click()
        expect(page.locator("#L2")).to_contain_text("abs(2 * x)")

    stage.visit(mira.account, reads)
    stage.hand_in(mira, tiny, code(halve="x // 2"))
    stage.wait_for_graded(2)

    def compares(page: Page) -> None:
        page.goto(f"/courses/{course.slug}/assignments/{tiny.slug}/")
        page.get_by_role("link", name=re.compile("attempt 2", re.IGNORECASE)).first.click()
        expect(page.locator(".strip")).to_contain_text("+3 points")
        page.get_by_role("link", name="compare").first.click()
        expect(page.locator("main")).to_contain_text("Fixed")
        expect(page.locator("main")).to_contain_text("abs(2 * x)")

    stage.visit(mira.account, compares)

    def comments_and_asks(page: Page) -> None:
        page.goto(f"/courses/{course.slug}/assignments/{tiny.slug}/")
        page.get_by_role("link", name=re.compile("attempt 1", re.IGNORECASE)).last.click()
        page.locator("details.card.lost").first.get_by_role("link", name=re.compile("Ask or comment")).click()
        page.get_by_label("Comment, in Markdown").fill("Is **zero** positive?")
        page.get_by_role("button", name="Comment", exact=True).click()
        expect(page.locator(".said:visible").first).to_contain_text("Is zero positive?")
        page.get_by_role("link", name=re.compile("Answer about")).first.click()
        page.get_by_label("What is wrong, and why").fill("The task says nothing of signs.")
        page.get_by_role("button", name="Ask for a regrade").click()
        expect(page.locator(".said:visible").last).to_contain_text("Request for a regrade")

    stage.visit(mira.account, comments_and_asks)
    assert Comment.objects.get().author == mira.account
    assert RegradeRequest.objects.get().student == mira

    def answers(page: Page) -> None:
        page.goto(f"/courses/{course.slug}/needs-eyes/")
        page.get_by_role("link", name=re.compile("asks about")).click()
        page.get_by_role("radio", name="Decline").check()
        page.get_by_label("Reason, in Markdown").fill("It says *twice the number*, whatever its sign.")
        page.get_by_role("button", name="Decide").click()
        expect(page.locator("main")).to_contain_text("twice the number")

    stage.visit(tess.account, answers)
    stage.pipeline.send(TELL, "sync")  # as the clock does within a minute
    stage.pipeline.wait_until(lambda: mira.account.news.filter(kind="answer").exists())

    def is_told_and_sets_mails(page: Page) -> None:
        page.reload()
        page.locator("details.menu summary").last.click()
        page.get_by_role("link", name=re.compile("News")).first.click()
        page.get_by_role("link", name=re.compile("is decided")).first.click()
        expect(page.locator("main")).to_contain_text("twice the number")
        page.locator("details.menu summary").last.click()
        page.get_by_role("link", name="Mails").click()
        for field in page.locator("main select").all():
            field.select_option(label=field.locator("option").last.inner_text())
        page.get_by_role("button", name="Save").click()
        expect(page.locator(".messages")).to_be_visible()

    stage.visit(mira.account, is_told_and_sets_mails)
    assert Preference.objects.filter(account=mira.account).exists()
