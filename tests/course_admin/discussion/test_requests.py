"""Requests for regrades: asked on a report, seen by the student's own staff, decided with a reason, answered where they stand."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from course_admin.courses.models import AuditEvent, AuditKind, Course, Enrollment, Role, Section
from course_admin.discussion import asking
from course_admin.discussion.asking import ask, withdraw, write_back
from course_admin.discussion.deciding import decide, decisions_of
from course_admin.discussion.models import RegradeRequest, RequestState
from course_admin.gradebook.models import Override
from course_admin.policy import Refused
from course_admin.review.models import Comment
from course_admin.review.services import NotToSay
from course_admin.submissions.models import Run, RunState
from grader.verdict import Verdict
from tests.factories import NOW, graded, make_attempt, make_check, make_enrollment

DAY = timedelta(days=1)
CHECK = "test_values.py::test_2"


@pytest.fixture
def attempt(world):
    attempt = make_attempt(world.student, world.assignment)
    graded(attempt, make_check(1), make_check(2, 0.0, verdict=Verdict.FAILED, message="expected 3, got 4"))
    return attempt


@pytest.fixture
def ines(world):
    return make_enrollment(world.course, "ines", Role.INSTRUCTOR).account


@pytest.fixture
def tess(world):
    return make_enrollment(world.course, "tess", Role.TA).account


def asks(
    attempt, student, test_id=CHECK, at=NOW + DAY, reason="The check wants **3**, and so says the book."
) -> RegradeRequest:
    return ask(attempt=attempt, test_id=test_id, reason=reason, student=student, at=at)


def page(client, account, attempt, url="") -> str:
    client.force_login(account)
    return " ".join(client.get(f"/attempts/{attempt.public_id}/{url}").content.decode().split())


@pytest.mark.slow
def test_a_student_asks_about_a_check_and_it_stands_in_its_card(client, world, attempt, ines, time_machine):
    time_machine.move_to(NOW + DAY)
    html = page(client, world.student.account, attempt)
    url = f"/attempts/{attempt.public_id}/thread/?check=test_values.py%3A%3Atest_2"
    assert url in html
    assert "Ask for a regrade" in client.get(url).content.decode()
    answer = client.post(f"/attempts/{attempt.public_id}/thread/request/", {"test_id": CHECK, "reason": "**3** it is."})
    request = RegradeRequest.objects.get()
    assert answer.headers["Location"] == f"/attempts/{attempt.public_id}/#request-{request.pk}"
    card = page(client, world.student.account, attempt).partition(f'id="request-{request.pk}"')
    assert "Check 2" in card[0]
    assert "<strong>3</strong> it is." in card[2].partition("</details>")[0]
    client.force_login(ines)
    waiting = client.get(f"/courses/{world.course.slug}/needs-eyes/").content.decode()
    assert url.replace("&", "&amp;") in waiting
    assert "asks about Check 2" in waiting
    assert "<bdi>3 it is.</bdi>" in waiting
    desk = client.get(f"/courses/{world.course.slug}/assignments/m01/submissions/{attempt.public_id}/").content.decode()
    assert "asks for a regrade" in desk
    assert url in desk


def test_one_open_request_per_check_and_student(world, attempt):
    first = asks(attempt, world.student)
    with pytest.raises(NotToSay, match="asked about this already, for attempt 1"):
        asks(attempt, world.student)
    asks(attempt, world.student, test_id="")
    with pytest.raises(IntegrityError), transaction.atomic():
        RegradeRequest.objects.create(
            attempt=attempt, assignment=world.assignment, student=world.student, test_id=CHECK, check_name="Check 2",
            reason="Again.", asked_at=NOW,
        )  # fmt: skip
    withdraw(request=first, actor=world.student.account, at=NOW + DAY)
    asks(attempt, world.student)


def test_the_window_begins_when_the_grade_stands(world, attempt):
    finished = attempt.runs.get().finished_at
    with pytest.raises(NotToSay, match="were taken until 16 Oct 2026"):
        asks(attempt, world.student, at=finished + 14 * DAY + timedelta(seconds=1))
    world.assignment.due_at = NOW + 3 * DAY
    world.assignment.save()
    attempt.refresh_from_db()
    asks(attempt, world.student, at=NOW + 17 * DAY)
    with pytest.raises(NotToSay, match="were taken until"):
        asks(attempt, world.student, test_id="", at=NOW + 17 * DAY + timedelta(seconds=1))
    world.assignment.results_published_at = NOW + 30 * DAY
    world.assignment.save()
    attempt.refresh_from_db()
    asks(attempt, world.student, test_id="", at=NOW + 44 * DAY)


def test_the_window_has_no_end_while_grades_are_held(world, attempt, client, time_machine):
    """It begins when they are published: else it would be over before anybody has seen a grade."""
    world.assignment.holds_grades = True
    world.assignment.save()
    attempt.refresh_from_db()
    time_machine.move_to(NOW + 60 * DAY)
    url = "thread/?check=test_values.py%3A%3Atest_2"
    assert "You can ask your course staff to look at this check again" in page(
        client, world.student.account, attempt, url
    )
    asks(attempt, world.student, at=NOW + 60 * DAY)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda world: Course.objects.update(regrade_request_days=0), "takes no requests"),
        (
            lambda world: Enrollment.objects.filter(pk=world.student.pk).update(is_active=False),
            "on the course's roster now",
        ),
        (
            lambda world: Run.objects.update(state=RunState.SUPERSEDED, score=None, max_score=None),
            "Once this attempt is graded",
        ),
    ],
)
def test_who_cannot_ask_reads_why(world, attempt, spoil, words):
    spoil(world)
    again = type(attempt).objects.get(pk=attempt.pk)
    with pytest.raises(NotToSay, match=words):
        asks(again, Enrollment.objects.get(pk=world.student.pk), test_id="")
    assert not RegradeRequest.objects.exists()


@pytest.mark.medium
@pytest.mark.parametrize(
    ("reason", "test_id", "words"),
    [(" ", CHECK, "what you think is wrong"), ("x" * 4001, CHECK, "4000 fit"), ("Why?", "other", "no such check")],
)
def test_what_cannot_be_asked_is_named_with_what_was_typed(
    client, world, attempt, reason, test_id, words, time_machine
):
    time_machine.move_to(NOW + DAY)
    client.force_login(world.student.account)
    answer = client.post(f"/attempts/{attempt.public_id}/thread/request/", {"test_id": test_id, "reason": reason})
    assert not RegradeRequest.objects.exists()
    if answer.status_code == 200:
        html = answer.content.decode()
        assert words in html
        assert reason in html
    else:
        assert (test_id, answer.status_code) == ("other", 404)


def test_only_its_student_asks(world, attempt, tess):
    mate = make_enrollment(world.course, "jon")
    with pytest.raises(NotToSay):
        asks(attempt, mate, test_id="nowhere")
    request = asks(attempt, world.student)
    for actor in (mate.account, tess):
        with pytest.raises(Refused):
            withdraw(request=request, actor=actor, at=NOW)
    with pytest.raises(Refused):
        write_back(attempt=attempt, text="Me too.", test_id="", author=mate.account, at=NOW)


def test_accepted_by_grading_again(world, attempt, ines):
    request = asks(attempt, world.student)
    decide(request=request, decision="regraded", answer="The suite was wrong.", points=None, actor=ines, at=NOW + DAY)
    request.refresh_from_db()
    assert (request.state, request.decided_by, request.answer) == (RequestState.REGRADED, ines, "The suite was wrong.")
    assert attempt.runs.filter(state=RunState.QUEUED, requested_by=ines).count() == 1
    other = asks(attempt, world.student, test_id="")
    with pytest.raises(NotToSay, match="being graded again already"):
        decide(request=other, decision="regraded", answer="This too.", points=None, actor=ines, at=NOW + DAY)
    other.refresh_from_db()
    assert other.is_open


@pytest.mark.slow
def test_accepted_by_a_grade_set_by_hand(client, world, attempt, ines):
    request = asks(attempt, world.student)
    url = f"/requests/{request.pk}/decide/"
    client.force_login(ines)
    for points in ("", "-1", "100.01", "NaN", "1e9", "many", "9" * 13, "0x1"):
        sent = {"decision": "by_hand", "answer": "You are right.", "points": points}
        assert "Write the points" in client.post(url, sent).content.decode()
    assert not Override.objects.exists()
    assert client.post(url, {"decision": "by_hand", "answer": "You are right.", "points": "87.5"}).status_code == 302
    override = Override.objects.get()
    assert (override.points, override.reason, override.set_by) == (Decimal("87.5"), "You are right.", ines)
    assert (override.student, override.assignment) == (world.student, world.assignment)
    html = page(client, world.student.account, attempt)
    assert "accepted: grade set by hand" in html
    assert "You are right." in html


@pytest.mark.slow
def test_declined_with_a_reason_and_not_asked_again_until_another_judging(client, world, attempt, tess):
    request = asks(attempt, world.student)
    client.force_login(tess)
    url = f"/requests/{request.pk}/decide/"
    assert "Write the reason" in client.post(url, {"decision": "declined", "answer": " "}).content.decode()
    assert "Choose what is decided" in client.post(url, {"decision": "open", "answer": "x"}).content.decode()
    assert client.post(url, {"decision": "declined", "answer": "See chapter 2."}).status_code == 302
    assert (
        "decided or taken back already" in client.post(url, {"decision": "declined", "answer": "No."}).content.decode()
    )
    request.refresh_from_db()
    late = request.decided_at
    course = world.course
    course.regrade_request_days = 999
    course.save()
    again = type(attempt).objects.get(pk=attempt.pk)
    with pytest.raises(NotToSay, match="was decided on"):
        asks(again, world.student, at=late)
    graded(attempt, make_check(2, 0.0, verdict=Verdict.FAILED), at=late + DAY)
    asks(type(attempt).objects.get(pk=attempt.pk), world.student, at=late + 2 * DAY)


def test_a_ta_decides_by_hand_and_who_leads_the_course_has_it_graded_again(world, attempt, tess, ines):
    request = asks(attempt, world.student)
    assert decisions_of(tess, request) == ["by_hand", "declined"]
    assert decisions_of(ines, request) == ["regraded", "by_hand", "declined"]
    assert decisions_of(world.student.account, request) == []
    with pytest.raises(Refused):
        decide(request=request, decision="regraded", answer="Yes.", points=Decimal(1), actor=tess, at=NOW)
    assert attempt.runs.count() == 1
    thursday = Section.objects.create(course=world.course, name="Thursday")
    elsewhere = make_enrollment(world.course, "tom", Role.TA, section=thursday).account
    with pytest.raises(Refused):
        decide(request=request, decision="by_hand", answer="Yes.", points=Decimal(1), actor=elsewhere, at=NOW)
    assert not Override.objects.exists()
    decide(request=request, decision="by_hand", answer="Yes.", points=Decimal(1), actor=tess, at=NOW)
    assert (Override.objects.get().points, Override.objects.get().set_by) == (1, tess)


@pytest.mark.medium
def test_staff_of_a_section_see_the_requests_of_their_own(client, world, attempt):
    tuesday, thursday = (Section.objects.create(course=world.course, name=name) for name in ("Tuesday", "Thursday"))
    Enrollment.objects.filter(pk=world.student.pk).update(section=tuesday)
    request = asks(attempt, world.student)
    url = f"/courses/{world.course.slug}/needs-eyes/"
    for section, is_theirs in ((tuesday, True), (thursday, False)):
        account = make_enrollment(world.course, f"ta-{section}".lower(), Role.TA, section=section).account
        client.force_login(account)
        assert ("asks about Check 2" in client.get(url).content.decode()) is is_theirs
        sent = {"decision": "declined", "answer": ""}
        assert client.post(f"/requests/{request.pk}/decide/", sent).status_code == (200 if is_theirs else 404)


@pytest.mark.medium
def test_both_sides_write_in_one_thread(client, world, attempt, tess, time_machine):
    time_machine.move_to(NOW + DAY)
    asks(attempt, world.student)
    client.force_login(tess)
    sent = {"test_id": CHECK, "text": "Which page?", "is_released": "on"}
    answer = client.post(f"/attempts/{attempt.public_id}/comments/", sent)
    assert answer.headers["Location"].endswith(f"#comment-{Comment.objects.get().pk}")
    time_machine.shift(60)
    client.force_login(world.student.account)
    answer = client.post(f"/attempts/{attempt.public_id}/thread/reply/", {"test_id": CHECK, "text": "Page *17*."})
    assert answer.headers["Location"].endswith(f"#comment-{Comment.objects.latest('pk').pk}")
    for account in (world.student.account, tess):
        card = page(client, account, attempt).partition("Request for a regrade")[2].partition("</details>")[0]
        assert card.index("so says the book") < card.index("Which page?") < card.index("Page <em>17</em>.")


def test_a_comment_on_a_case_that_is_folded_behind_another_is_shown(client, world, tess):
    attempt = make_attempt(world.student, world.assignment)
    failed = {"verdict": Verdict.FAILED, "message": "expected 3, got 4"}
    graded(attempt, *(replace(make_check(n, 0.0, **failed), number="1") for n in (1, 2, 3)))
    write_back(attempt=attempt, text="And here?", test_id=CHECK, author=world.student.account, at=NOW)
    assert "And here?" in page(client, world.student.account, attempt)


def test_students_fill_no_attempt(world, attempt, monkeypatch):
    monkeypatch.setattr(asking, "MOST_COMMENTS", 2)
    told = {"attempt": attempt, "test_id": "", "author": world.student.account, "at": NOW}
    write_back(text="One.", **told)
    write_back(text="Two.", **told)
    with pytest.raises(NotToSay, match="as many as it holds"):
        write_back(text="Three.", **told)


def test_everything_is_in_the_audit_log(world, attempt, ines):
    student = world.student.account
    withdraw(request=asks(attempt, world.student), actor=student, at=NOW + DAY)
    request = asks(attempt, world.student)
    write_back(attempt=attempt, text="Please.", test_id=CHECK, author=student, at=NOW + DAY)
    decide(request=request, decision="by_hand", answer="Right.", points=Decimal(90), actor=ines, at=NOW + DAY)
    log = [
        (event.kind, event.actor, event.subject.partition(" of ")[0], (event.after or {}).get("state"))
        for event in AuditEvent.objects.filter(course=world.course).order_by("pk")
    ]
    asked = "request for a regrade"
    assert log == [
        (AuditKind.GRADE, student, asked, "open"),
        (AuditKind.GRADE, student, asked, "withdrawn"),
        (AuditKind.GRADE, student, asked, "open"),
        (AuditKind.COMMENT, student, log[3][2], None),
        (AuditKind.GRADE, ines, log[4][2], None),
        (AuditKind.GRADE, ines, asked, "by_hand"),
    ]


@pytest.mark.slow
def test_hostile_words_stay_words(client, world, attempt, ines):
    hostile = "</div><script>alert(1)</script>[x](javascript:alert(1)) \u202eevil"
    request = asks(attempt, world.student, reason=hostile)
    decide(request=request, decision="declined", answer=hostile, points=None, actor=ines, at=NOW + DAY)
    for account in (world.student.account, ines):
        for url in ("", "thread/?check=test_values.py%3A%3Atest_2"):
            html = page(client, account, attempt, url)
            assert "<script>alert" not in html
            assert 'href="javascript' not in html
            assert "\u202e" not in html


@pytest.mark.medium
@pytest.mark.parametrize("test_id", [CHECK, ""])
def test_a_comment_of_staff_that_is_refused_keeps_what_was_typed(client, attempt, ines, test_id):
    client.force_login(ines)
    text = "**See** " + "x" * 4001
    answer = client.post(f"/attempts/{attempt.public_id}/comments/", {"test_id": test_id, "text": text})
    html = answer.content.decode()
    assert (answer.status_code, Comment.objects.count()) == (200, 0)
    assert f">{text}</textarea>" in html
    assert 'name="is_released">' in html  # as it was left
