"""Pages: who sees which attempt, what is withheld, and that student text stays text."""

import re
from html.parser import HTMLParser

import pytest
from django.contrib.auth.models import AnonymousUser

from course_admin.courses.models import Role
from course_admin.policy import Action, allowed
from course_admin.submissions.models import Attempt
from course_admin.submissions.queue import dispatch
from course_admin.submissions.reports.report import SENTENCES
from course_admin.web.security import HEADER
from grader.verdict import Verdict
from tests.factories import (
    NOW,
    graded,
    lease,
    make_assignment,
    make_attempt,
    make_check,
    make_course,
    make_enrollment,
    make_run,
    make_user,
)

SCRIPT = "</pre><script>alert(1)</script><img src=x onerror=alert(1)>{{ settings.SECRET_KEY }}{% now 'Y' %}"


@pytest.fixture
def attempt(world) -> Attempt:
    return make_attempt(world.student, world.assignment)


def urls(attempt: Attempt) -> list[str]:
    page = f"/attempts/{attempt.public_id}/"
    return [page, f"{page}live/", f"{page}results.json"]


class Page(HTMLParser):
    """The elements and the text of a page, as a parser reads them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.text += data


def page_of(client, attempt) -> Page:
    answer = client.get(urls(attempt)[0])
    assert answer.status_code == 200
    return Page(answer.content.decode())


def test_a_visitor_is_asked_to_log_in(client, attempt):
    for url in ["/", *urls(attempt)]:
        answer = client.get(url)
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/accounts/login/?next=")


WHO = {
    "the student": (200, 404),
    "another student": (404, 404),
    "an observer": (404, 404),
    "a TA": (200, 200),
    "a head TA": (200, 200),
    "an instructor": (200, 200),
    "a TA who left": (404, 404),
    "a TA of another course": (404, 404),
    "an administrator": (200, 200),
    "somebody without a course": (404, 404),
}


def account(who: str, world):
    other = make_course("other")
    roles = {"an observer": Role.OBSERVER, "a TA": Role.TA, "a head TA": Role.HEAD_TA, "an instructor": Role.INSTRUCTOR}
    if who == "the student":
        return world.student.account
    if who == "another student":
        return make_enrollment(world.course, "jon").account
    if who in roles:
        return make_enrollment(world.course, "tess", roles[who]).account
    if who == "a TA who left":
        return make_enrollment(world.course, "tess", Role.TA, is_active=False).account
    if who == "a TA of another course":
        return make_enrollment(other, "tess", Role.TA).account
    return make_user(is_superuser=who == "an administrator")


@pytest.mark.medium
@pytest.mark.parametrize(("who", "statuses"), WHO.items(), ids=WHO)
def test_who_may_open_an_attempt(client, world, attempt, who, statuses):
    graded(attempt)
    client.force_login(account(who, world))
    page, live, download = urls(attempt)
    assert [client.get(url).status_code for url in (page, live, download)] == [statuses[0], statuses[0], statuses[1]]
    lists = ["/", f"/courses/{world.course.slug}/"]
    listed = any(attempt.public_id in client.get(url).content.decode() for url in lists)
    assert listed == (statuses[0] == 200)
    csv = client.get(f"/courses/{world.course.slug}/gradebook.csv").status_code
    assert csv == statuses[1]


def test_nothing_is_visible_to_a_visitor_even_without_the_log_in_page(attempt):
    assert not allowed(AnonymousUser(), Action.SEE_WORK, Attempt.objects.all()).exists()


@pytest.mark.parametrize(
    ("name", "status"),
    [("att_2222222222222222", 404), ("1", 404), ("..%2f", 404), ("att_%00", 400), ("att_222222222222222%00", 400)],
)
def test_a_guessed_attempt_does_not_exist(client, world, attempt, name, status):
    client.force_login(world.student.account)
    assert client.get(f"/attempts/{name}/").status_code == status


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_pages_are_read_only(client, world, attempt, method):
    client.force_login(world.student.account)
    assert getattr(client, method)(urls(attempt)[0]).status_code == 405


def test_a_graded_attempt_shows_score_verdicts_and_messages(client, world, attempt):
    graded(
        attempt,
        make_check(1),
        make_check(2, 0.0, verdict=Verdict.TIMED_OUT, message="slow <b>loop</b>", output="printed"),
    )
    client.force_login(world.student.account)
    page = page_of(client, attempt)
    for words in ("5 of 10 points", "1 of 2 checks passed", "Check 1", "timed out", "slow <b>loop</b>", "printed"):
        assert words in " ".join(page.text.split())


@pytest.mark.medium
def test_of_a_hidden_check_a_student_sees_name_and_verdict_only(client, world, attempt):
    secret = {"visibility": "hidden", "message": "canary-input 0.4711", "output": "canary-output"}
    graded(attempt, make_check(1), make_check(2, 2.5, verdict=Verdict.PASSED, **secret))
    client.force_login(world.student.account)
    for url in urls(attempt)[:2]:
        html = client.get(url).content.decode()
        assert "canary" not in html
        row = re.search(r"Check 2.*?</li>", html, re.DOTALL).group()
        assert "hidden" in row
        assert "passed" in row
        assert "2.5" not in row
        assert "2.5 of 5 points together" in " ".join(html.split())
    client.force_login(make_enrollment(world.course, "tess", Role.TA).account)
    assert "canary-input" in client.get(urls(attempt)[0]).content.decode()


@pytest.mark.medium
@pytest.mark.parametrize(
    ("visibility", "field"), [("after_due_date", "due_at"), ("after_published", "results_published_at")]
)
def test_a_check_is_shown_in_full_from_its_moment_on(client, world, attempt, time_machine, visibility, field):
    setattr(world.assignment, field, NOW)
    world.assignment.save()
    graded(attempt, make_check(1, visibility=visibility, message="canary"))
    client.force_login(world.student.account)
    time_machine.move_to(NOW.replace(hour=11))
    assert "canary" not in client.get(urls(attempt)[0]).content.decode()
    time_machine.move_to(NOW.replace(hour=13))
    client.force_login(world.student.account)
    assert "canary" in client.get(urls(attempt)[0]).content.decode()


@pytest.mark.medium
@pytest.mark.parametrize("visibility", ["after_due_date", "after_published"])
def test_a_check_that_waits_for_no_moment_stays_hidden(client, world, attempt, visibility):
    graded(attempt, make_check(1, visibility=visibility, message="canary"))
    client.force_login(world.student.account)
    assert "canary" not in client.get(urls(attempt)[0]).content.decode()


@pytest.mark.medium
def test_student_text_stays_text_everywhere(client, world, attempt):
    graded(
        attempt,
        make_check(1, 0.0, verdict=Verdict.FAILED, message=SCRIPT, output=SCRIPT),
        make_check(2),
    )
    Attempt.objects.update(notes=[SCRIPT])
    world.student.name = f"Mira {SCRIPT}\u202e"
    world.student.save()
    client.force_login(world.student.account)
    page = page_of(client, attempt)
    assert_no_code_but_ours(page)
    assert not any(name.startswith("on") for _, attributes in page.elements for name in attributes)
    assert {image["src"] for tag, image in page.elements if tag == "img"} == {"/static/assay/icon.svg"}
    assert page.text.count(SCRIPT) == 3  # message, output, note
    client.force_login(make_enrollment(world.course, "tess", Role.TA).account)
    page = page_of(client, attempt)
    assert_no_code_but_ours(page)
    assert page.text.count(SCRIPT) == 5  # and the student's name, twice
    client.force_login(world.student.account)
    assert_no_code_but_ours(Page(client.get("/").content.decode()))


def assert_no_code_but_ours(page: Page) -> None:
    scripts = [attributes for tag, attributes in page.elements if tag == "script"]
    for each in scripts:  # what a script says, in the reader's language, it has from attributes of its own
        assert {name for name in each if not name.startswith("data-")} == {"src", "defer"}
        assert each["src"].startswith("/static/assay/")


@pytest.mark.medium
def test_every_answer_forbids_inline_code_and_framing(client, world, attempt):
    client.force_login(world.student.account)
    for url in ["/", *urls(attempt), "/accounts/login/", "/hooks/github/", "/nowhere/", "/health/"]:
        answer = client.get(url)
        assert answer.headers["Content-Security-Policy"] == HEADER
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"
    assert "unsafe" not in HEADER


@pytest.mark.medium
def test_our_own_pages_need_no_inline_code(client, world, attempt):
    pages = [client.get("/accounts/login/"), client.get("/nowhere/")]
    make_run(attempt)
    client.force_login(world.student.account)
    pages += [client.get("/"), client.get(urls(attempt)[0])]
    for answer in pages:
        for tag, attributes in Page(answer.content.decode()).elements:
            assert tag != "style"
            assert "style" not in attributes
            assert tag != "script" or attributes["src"].startswith("/static/")


@pytest.mark.medium
def test_a_page_follows_its_run_until_it_is_final(client, world, attempt):
    run = make_run(attempt)
    client.force_login(world.student.account)
    states = []
    for step in (lambda: None, lambda: dispatch.dispatch(at=NOW), lambda: start(run)):
        step()
        run.refresh_from_db()
        html = client.get(urls(attempt)[0]).content.decode()
        assert "live.js" in html
        assert 'data-final="no"' in html
        assert SENTENCES[run.state].format(start="within a minute") in html
        states.append(run.state)
    assert states == ["queued", "dispatched", "running"]


def start(run):
    run.refresh_from_db()
    dispatch.start(run=run.public_id, token=run.lease_token, worker="w", at=NOW)


def test_a_final_page_asks_no_more(client, world, attempt):
    graded(attempt)
    client.force_login(world.student.account)
    html = client.get(urls(attempt)[0]).content.decode()
    assert "live.js" not in html
    assert 'data-final="yes"' in html


def test_our_fault_is_said_kindly_and_its_details_to_staff_only(client, world, attempt):
    run = make_run(attempt)
    token = lease(run)
    dispatch.fault(run=run.public_id, token=token, sentence="bwrap is missing on w1", can_retry=False, at=NOW)
    client.force_login(world.student.account)
    html = client.get(urls(attempt)[0]).content.decode()
    assert "it does not count against you" in html
    assert "bwrap" not in html
    client.force_login(make_enrollment(world.course, "tess", Role.TA).account)
    assert "bwrap is missing" in client.get(urls(attempt)[0]).content.decode()


def test_a_refused_attempt_says_why(client, world):
    refused = make_attempt(world.student, world.assignment, refusal="The file a links out of the tree.")
    client.force_login(world.student.account)
    html = client.get(urls(refused)[0]).content.decode()
    assert "links out of the tree" in html
    assert 'data-final="yes"' in html


def test_a_regrade_under_way_keeps_the_earlier_result_visible(client, world, attempt):
    graded(attempt)
    make_run(attempt, at=NOW.replace(hour=13), reason="asked_for")
    client.force_login(world.student.account)
    assert "5 of 10 points" in client.get(urls(attempt)[0]).content.decode()


@pytest.mark.medium
def test_lists_need_a_constant_number_of_queries(client, world, django_assert_max_num_queries):
    client.force_login(make_user("root", is_superuser=True))
    for number in range(12):
        graded(make_attempt(make_enrollment(world.course, f"s{number}"), world.assignment))
    for url, most in (("/", 19), (f"/courses/{world.course.slug}/attempts/", 14)):
        with django_assert_max_num_queries(most):
            client.get(url)


def test_other_courses_of_the_same_account_stay_apart(client, world, attempt):
    other = make_course("other")
    theirs = make_attempt(make_enrollment(other, "jon"), make_assignment(other))
    make_enrollment(other, "mira-okafor", account=world.student.account)
    client.force_login(world.student.account)
    assert client.get(urls(attempt)[0]).status_code == 200
    assert client.get(urls(theirs)[0]).status_code == 404


def test_the_service_says_that_it_is_alive(client, db):
    assert client.get("/health/").json() == {"status": "ok"}
