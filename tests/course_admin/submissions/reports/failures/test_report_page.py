"""The report's page: failures first and grouped, one cause once, the student's own lines, what changed, which grade counts."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.conf import settings

from course_admin.assignments.models import CountingRule
from course_admin.courses.models import Role
from course_admin.gradebook.models import Override
from course_admin.review.models import Comment
from course_admin.submissions.models import Attempt
from course_admin.submissions.reports.failures.messages import Frame
from course_admin.submissions.reports.failures.sources import ARCHIVE_BYTES, Sources
from course_admin.submissions.reports.report import report
from grader.source import Tree, pack_archive
from grader.transport.archives import FolderArchives
from grader.verdict import Verdict
from tests.course_admin.test_pages import Page, assert_no_code_but_ours
from tests.factories import NOW, graded, make_attempt, make_check, make_enrollment, make_run
from tests.screenshots.scene import judged, result_of

HOUR = timedelta(hours=1)
HOSTILE = "</pre><script>alert(1)</script>"
SOURCE = b"one\ntwo\nthree = 1 / 0  # \xe2\x80\xae" + HOSTILE.encode() + b"\nfour\nfive\nsix\n"


def stored(files: dict[str, bytes]) -> dict:
    data = pack_archive(Tree.of(files))
    return {"archive_sha256": FolderArchives(settings.ASSAY_ARCHIVES).put(data), "archive_bytes": len(data)}


def html_of(client, person, attempt) -> str:
    client.force_login(person.account)
    return client.get(f"/attempts/{attempt.public_id}/").content.decode()


def words_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def failed(number: int, message: str, **fields):
    return make_check(number, 0.0, verdict=Verdict.FAILED, message=message, **fields)


@pytest.fixture
def buggy(world) -> Attempt:
    attempt = make_attempt(world.student, world.assignment)
    judged(attempt, result_of("buggy"), NOW)
    return attempt


@pytest.mark.medium
def test_failures_come_first_most_points_first_and_one_card_a_number(client, world, buggy):
    html = html_of(client, world.student, buggy)
    cards = re.findall(r'<details class="card lost"( open)?>\s*<summary><h3>([^·]*) · ', html)
    assert cards == [(" open", "13.1"), ("", "4"), ("", "15.1"), ("", "5.1"), ("", "20.5")]
    assert html.index("To fix, most points first") < html.index("32 checks passed") < html.index("32 checks hidden")
    assert "7 of 7 within budget" in html
    assert len(html.encode()) < 150_000


def test_cases_that_fail_alike_are_one_and_others_stand_apart(client, world):
    attempt = make_attempt(world.student, world.assignment)
    cases = [("a", "Wrong."), ("b", "Wrong."), ("c", "Otherwise wrong."), ("d", "")]
    checks = [
        make_check(n, 0.0 if text else 5.0, verdict="failed" if text else "passed", message=text)
        for n, (_, text) in enumerate(cases, 1)
    ]
    named = [
        type(c)(**{**vars_of(c), "number": "3", "name": f"Adds [{k}]"}) for c, (k, _) in zip(checks, cases, strict=True)
    ]
    graded(attempt, *named)
    html = " ".join(html_of(client, world.student, attempt).split())
    assert "3 of 4 cases fail<" in html
    assert html.count("Wrong.") == 1
    assert "The same with <code><bdi>b</bdi></code>." in html
    assert "Otherwise wrong." in html


def vars_of(check) -> dict:
    return {name: getattr(check, name) for name in check.__dataclass_fields__}


@pytest.mark.medium
def test_one_cause_is_said_once(client, world):
    attempt = make_attempt(world.student, world.assignment)
    judged(attempt, result_of("syntax"), NOW)
    html = html_of(client, world.student, attempt)
    assert "One cause for everything that failed" in html
    assert html.count("SyntaxError: invalid syntax") == 1
    assert "29 checks failed for it" in html
    assert "To fix" not in html


def test_the_students_own_lines_stand_around_the_one_that_failed(client, world):
    message = 'Your code raised ZeroDivisionError.\n  File "pkg/a.py", line 3, in f\n    three = 1 / 0'
    attempt = make_attempt(world.student, world.assignment, **stored({"sub/pkg/a.py": SOURCE}))
    graded(attempt, failed(1, message))
    html = html_of(client, world.student, attempt)
    lines = re.findall(r'<span(?: class="(hit)")?><i>(\d+)</i><bdi>(.*?)</bdi>', html)
    assert [(hit, number) for hit, number, _ in lines] == [("", "1"), ("", "2"), ("hit", "3"), ("", "4"), ("", "5")]
    assert "\\u202e&lt;/pre&gt;&lt;script&gt;" in lines[2][2]
    assert_no_code_but_ours(Page(html))


@pytest.mark.medium
@pytest.mark.parametrize("what", ["missing", "large", "no archive", "two of a name", "no such line"])
def test_a_report_stands_without_the_source(client, world, what):
    files = {"a/p.py": b"x\n", "b/p.py": b"y\n"} if what == "two of a name" else {"p.py": b"x\n"}
    fields = stored(files)
    if what == "missing":
        fields["archive_sha256"] = "c" * 64
    if what == "large":
        fields["archive_bytes"] = ARCHIVE_BYTES + 1
    if what == "no archive":
        fields["archive_sha256"] = FolderArchives(settings.ASSAY_ARCHIVES).put(b"not a tar")
    attempt = make_attempt(world.student, world.assignment, **fields)
    line = 1 if what != "no such line" else 99
    graded(attempt, failed(1, f'Your code raised E.\n  File "p.py", line {line}, in f\n    the line'))
    assert Sources(attempt).place_of(Frame("p.py", line, "f", "")) is None
    assert Sources(attempt).around(None) == []
    assert "the line" in html_of(client, world.student, attempt)


@pytest.mark.medium
def test_the_grade_that_counts_is_said_and_which_attempt_gives_it(client, world, buggy):
    world.assignment.counting = CountingRule.BEST
    world.assignment.save()
    worse = make_attempt(world.student, world.assignment, received_at=NOW + HOUR)
    graded(worse, make_check(1), failed(2, "no"), at=NOW + HOUR)
    text = words_of(html_of(client, world.student, worse))
    assert "This attempt 5 of 10 points" in text
    assert "Your grade 85 of 100 attempt 1 counts (best)" in text
    assert "this attempt counts (best)" in html_of(client, world.student, buggy)
    tess = make_enrollment(world.course, "tess", Role.TA)
    Override.objects.create(
        student=world.student,
        assignment=world.assignment,
        points=Decimal(40),
        reason="oral",
        set_by=tess.account,
        set_at=NOW,
    )
    text = words_of(html_of(client, world.student, worse))
    assert "Your grade 40 of 100 set by hand" in text


def test_what_changed_since_the_last_attempt_is_counted(client, world):
    first = make_attempt(world.student, world.assignment)
    graded(first, make_check(1), failed(2, "no"), failed(3, "no"))
    second = make_attempt(world.student, world.assignment, received_at=NOW + HOUR)
    graded(second, failed(1, "no"), make_check(2), failed(3, "no"), at=NOW + HOUR)
    seen = report(attempt=Attempt.objects.get(pk=second.pk), user=world.student.account, at=NOW + HOUR)
    assert (seen.since.attempt, seen.since.fixed, seen.since.broken, seen.since.still) == (first, 1, 1, 1)
    assert seen.points_since == "±0 points"
    assert report(attempt=Attempt.objects.get(pk=first.pk), user=world.student.account, at=NOW).since is None


@pytest.mark.medium
def test_a_comment_stands_inside_its_check_and_only_once_it_is_released(client, world, buggy):
    check = buggy.runs.get().checks.filter(verdict="failed", number="4").get()
    said = Comment.objects.create(
        attempt=buggy,
        test_id=check.test_id,
        check_name=check.name,
        text="Mind the <b>order</b>.",
        author=make_enrollment(world.course, "tess", Role.TA).account,
        written_at=NOW,
    )
    assert "Mind the" not in html_of(client, world.student, buggy)
    Comment.objects.filter(pk=said.pk).update(released_at=NOW)
    html = html_of(client, world.student, buggy)
    card = html.partition("<h3>4 · ")[2].partition('<details class="card lost"')[0]
    assert "Mind the &lt;b&gt;order" in card
    assert html.count("Mind the") == 1


@pytest.mark.medium
def test_a_screen_reader_hears_one_short_line(client, world, buggy):
    html = html_of(client, world.student, buggy)
    assert "aria-live" not in html
    assert '<p id="status" class="hidden" role="status"></p>' in html
    assert 'data-status="Graded: 85 of 100."' in html
    waiting = make_attempt(world.student, world.assignment, received_at=NOW + HOUR)
    make_run(waiting, NOW + HOUR)
    html = html_of(client, world.student, waiting)
    assert 'data-title="… Tensor, attempt 2"' in html
    assert "Place in the queue" in html


@pytest.mark.medium
def test_a_choice_that_was_made_is_shown_and_not_offered_again(client, world):
    world.assignment.counting = CountingRule.CHOSEN
    world.assignment.save()
    first, second = (make_attempt(world.student, world.assignment, received_at=NOW + n * HOUR) for n in range(2))
    for each in (first, second):
        graded(each)
    assert "Let this attempt count" in html_of(client, world.student, first)
    client.post(f"/attempts/{first.public_id}/choose/")
    html = html_of(client, world.student, first)
    assert "This attempt counts: it was chosen" in html
    assert "Let this attempt count" not in html
    assert "Let this attempt count" in html_of(client, world.student, second)
