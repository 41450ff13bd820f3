"""What the pictures show: a course in its third week, its staff, and a student with every kind of attempt.

The two results are what the engine said of real submissions to the suite of module 01: the demonstration's subtly buggy one, and
one with a syntax error.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings

from course_admin.assignments.models import Assignment, CountingRule, Wizard, WizardDraft
from course_admin.courses.models import Course, Enrollment, Role
from course_admin.demo.students import MODULE, SUBMISSIONS
from course_admin.discussion.models import RegradeRequest
from course_admin.gradebook.models import Override
from course_admin.identity.models import User
from course_admin.integrations.github.models import RepositoryListing
from course_admin.integrations.gradescope.models import PackedAutograder
from course_admin.manual_grading.calibration.calibrate import begin
from course_admin.manual_grading.grading.deal import deal_out
from course_admin.manual_grading.grading.marks import Marks, finish, keep_draft, save_comment
from course_admin.manual_grading.models import HandGrading, Question
from course_admin.manual_grading.questions.set_up import set_questions
from course_admin.manual_grading.questions.text import suite_text
from course_admin.notifications.collect import collect
from course_admin.policy import standing_of
from course_admin.review.clusters.overview import overview
from course_admin.review.desk.place import Place
from course_admin.review.models import Comment
from course_admin.submissions.models import Attempt, Repository, Run
from course_admin.submissions.queue import dispatch
from course_admin.submissions.queue.record import record
from grader.result import RunResult
from grader.source import Tree, pack_archive
from grader.transport.archives import FolderArchives
from tests.factories import (
    OWNER,
    SEED,
    SUITE_DIGEST,
    TREE_DIGEST,
    lease,
    make_assignment,
    make_attempt,
    make_course,
    make_enrollment,
    make_run,
    make_user,
)

ANSWERS = """# Question 1
Transposing gives a view: only the strides change. The reshape after it has to copy, 38.5 MB for this batch.
# Question 2
NumPy repeats the smaller operand by a stride of 0. In my losses (N,) met (N, 1), and the result was (N, N).
"""
RESULTS = Path(__file__).parent / "results"
DAY = timedelta(days=1)
LATE = {"late_kind": "per_day", "late_percent": Decimal(10), "late_cap_percent": Decimal(30)}


@dataclass(frozen=True)
class Scene:
    """What there is to look at."""

    course: Course
    tensor: Assignment
    student: Enrollment
    instructor: Enrollment
    first: Attempt
    buggy: Attempt
    broken: Attempt
    waiting: Attempt
    asked: RegradeRequest
    by_hand: HandGrading
    cluster: str


def result_of(name: str) -> RunResult:
    """Return a stored result as one of a run made by the factories."""
    document = json.loads((RESULTS / f"{name}.json").read_text())
    document["provenance"] |= {"tree_digest": TREE_DIGEST, "suite_digest": SUITE_DIGEST, "seed": SEED}
    return RunResult.from_json(json.dumps(document))


def archive_of(source: str) -> dict[str, Any]:
    """Store a submission of one module; return what its attempt says of it."""
    package = MODULE.split("/")[0]
    tree = Tree.of(
        {
            f"{package}/__init__.py": b"",
            f"{package}/core/__init__.py": b"",
            MODULE: source.encode(),
            "ANSWERS.md": ANSWERS.encode(),
        }
    )
    data = pack_archive(tree)
    return {"archive_sha256": FolderArchives(settings.ASSAY_ARCHIVES).put(data), "archive_bytes": len(data)}


def judged(attempt: Attempt, result: RunResult, at: datetime) -> Run:
    """Have an attempt judged."""
    run = make_run(attempt, at)
    token = lease(run, at)
    assert record(run=run.public_id, token=token, document=result.to_json(), at=at + timedelta(seconds=20))
    run.refresh_from_db()
    return run


def _first_try(result: RunResult) -> RunResult:
    """Return a result in which other checks failed."""
    document = json.loads(result.to_json())
    for place, check in enumerate(document["checks"]):
        if place % 9 == 0 and check["verdict"] == "passed":
            message = "Your code raised NotImplementedError.\n" + f'  File "{MODULE}", line 20, in size\n    raise'
            check |= {"verdict": "failed", "points": 0.0, "message": message}
        elif place % 11 == 3:
            check |= {"verdict": "passed", "points": check["max_points"], "message": ""}
    document["score"] = round(sum(check["points"] for check in document["checks"]), 2)
    return RunResult.from_json(json.dumps(document))


def make_scene(now: datetime) -> Scene:
    """Make it all."""
    course = make_course(title="Machine Learning Systems, autumn 2026", time_zone="Europe/Berlin", slip_days=3)
    instructor = make_enrollment(course, "ines-moreau", Role.INSTRUCTOR)
    student = make_enrollment(course, "ada-bautista")
    readiness = make_assignment(course, "m00", module=0, title="Readiness", due_at=now - 9 * DAY, **LATE)
    tensor = make_assignment(
        course, title="Tensor", due_at=now + 3 * DAY, closes_at=now + 6 * DAY, counting=CountingRule.BEST, **LATE
    )
    later = [
        make_assignment(course, f"m{n:02}", module=n, title=title, due_at=now + (10 + 7 * n) * DAY, **LATE)
        for n, title in ((2, "Activations"), (3, "Layers"), (4, "Losses"))
    ]
    later[2].releases_at = now + 20 * DAY
    later[2].save()
    tensor.needs.add(readiness)
    later[0].needs.add(tensor)
    Repository.objects.create(
        course=course,
        student=student,
        host_id=7,
        full_name=f"{OWNER}/m01-ada-bautista",
        bound_name=f"{OWNER}/m01-ada-bautista",
        bound_login="ada-bautista",
        default_branch="main",
    )
    buggy = result_of("buggy")
    judged(make_attempt(student, readiness, received_at=now - 9.4 * DAY), buggy, now - 9.4 * DAY)
    source = (SUBMISSIONS / "subtly_buggy.py").read_text()
    naive = (SUBMISSIONS / "naive_and_slow.py").read_text()
    first = make_attempt(student, tensor, received_at=now - 2 * DAY, **archive_of(naive))
    judged(first, _first_try(buggy), now - 2 * DAY)
    second = make_attempt(student, tensor, received_at=now - DAY, commit_id="87c64f1" + "0" * 33, **archive_of(source))
    run = judged(second, buggy, now - DAY)
    failing = run.checks.filter(verdict="failed").first()
    author = instructor.account
    for text, test in (("Look at the order of the two operands.", failing.test_id), ("Nearly there!", "")):
        Comment.objects.create(
            attempt=second,
            text=text,
            author=author,
            written_at=now,
            released_at=now,
            test_id=test,
            check_name=failing.name if test else "",
        )
    asked = RegradeRequest.objects.create(
        attempt=second,
        assignment=tensor,
        student=student,
        test_id=failing.test_id,
        check_name=failing.name,
        reason="`other - self` is what **the book** says on page 17:\n\n- see the second example",
        asked_at=now - timedelta(hours=4),
    )
    broken = make_attempt(student, tensor, received_at=now - timedelta(hours=3), **archive_of(source + "\ndef f(:\n"))
    judged(broken, result_of("syntax"), now - timedelta(hours=3))
    waiting = make_attempt(student, tensor, received_at=now - timedelta(minutes=1), **archive_of(source))
    _others(course, tensor, now, buggy)
    make_run(waiting, now)
    made = {"set_by": author, "set_at": now, "reason": "oral examination"}
    Override.objects.create(student=student, assignment=readiness, points=Decimal(90), **made)
    make_user("root", is_superuser=True, is_staff=True)
    _half_finished(course, author, now)
    by_hand = _by_hand(course, tensor, author, now)
    _asked_for(tensor, now)
    collect(at=now + timedelta(seconds=1))
    found = overview(Place(tensor, standing_of(author)), now)
    return Scene(
        course, tensor, student, instructor, first, second, broken, waiting, asked, by_hand, found.clusters[0].key
    )


def _asked_for(tensor: Assignment, now: datetime) -> None:
    """Have somebody wait for an archive for Gradescope, and look at what GitHub listed: one is a student's, one nobody's."""
    PackedAutograder.objects.create(suite=tensor.suite, asked_at=now, done=900, total=3_100)
    rows = [
        [number, f"{OWNER}/m01-{login}", "main", now.isoformat()] for number, login in ((71, "jo-kim"), (72, "nobody"))
    ]
    told = {"pattern": tensor.repository_pattern, "rows": rows, "read_at": now, "done": 2}
    RepositoryListing.objects.create(assignment=tensor, asked_at=now, **told)


def _half_finished(course: Course, author: User, now: datetime) -> None:
    """Have somebody plan a course and an assignment; a milestone of the plan is due too early, and Christmas is a holiday."""
    first, last = (f"{now + days * DAY:%Y-%m-%d}" for days in (1, 110))
    holidays = f"{now + 26 * DAY:%Y-%m-%d} Founders' Day"
    form = {"path": ["B"], "starts_on": [first], "ends_on": [last], "owner": [OWNER], "with_milestones": ["on"]}
    plan = {"form": {**form, "edition": ["0.1.0"], "holidays": [holidays]}, "lines": {}}
    WizardDraft.objects.create(course=course, author=author, wizard=Wizard.COURSE, answers=plan, changed_at=now)
    due = f"{now + 12 * DAY:%Y-%m-%d}T23:59"
    answers = {
        "basics": {"title": ["Reading group"], "slug": ["reading"], "points": ["20"]},
        "suite": {"suite": [""], "takes_uploads": ["on"], "group_size": ["1"], "hidden_checks": ["never"]},
        "dates": {"due_at": [due], "is_due_day_chosen": ["on"]},
        "late": {
            "late_kind": ["per_day"],
            "late_percent": ["10"],
            "late_cap_percent": ["30"],
            "late_grace_minutes": ["0"],
        },
    }
    answers["late"] |= {"counting": ["last"], "cool_down_minutes": ["0"]}
    draft = {"course": course, "author": author, "answers": answers, "changed_at": now}
    WizardDraft.objects.create(wizard=Wizard.ASSIGNMENT, **draft)


def _by_hand(course: Course, tensor: Assignment, author: User, now: datetime) -> HandGrading:
    """Have the newest attempts graded by hand: one is finished, one half finished, and two people have calibrated."""
    graders = [make_enrollment(course, login, Role.TA) for login in ("tom-adeyemi", "uma-petrov")]
    set_questions(assignment=tensor, text=suite_text(tensor), is_blind=True, actor=author, at=now)
    deal_out(assignment=tensor, graders=graders, by_section=False, actor=author, at=now)
    begin(assignment=tensor, people=graders, seed=1, actor=author, at=now)
    questions = list(Question.objects.prefetch_related("items"))
    for row in HandGrading.objects.filter(purpose="calibration").select_related("grader"):
        marks = _marks(questions, (row.attempt_id + (row.grader == graders[0].account)) % 3)
        finish(grading=row, questions=questions, marks=marks, actor=row.grader, at=now)  # type: ignore[arg-type]
    first, second = HandGrading.objects.counting()[:2]
    save_comment(question=questions[0], text="Say how many bytes.", actor=author, at=now)
    finish(grading=second, questions=questions, marks=_marks(questions, 1), actor=author, at=now)
    keep_draft(grading=first, marks=_marks(questions[:2], 0), actor=author)
    return first


def _marks(questions: list[Question], place: int) -> Marks:
    return {
        str(each.pk): {"items": [each.items.all()[place].pk], "adjustment": "1", "comment": "Right, with numbers."}
        for each in questions
    }


def _others(course: Course, tensor: Assignment, now: datetime, result: RunResult) -> None:
    names = {"jon-lindqvist": "Jon Lindqvist", "mira-okafor": "Mira Okafor", "bo-nguyen": "Bo Nguyễn"}
    for login, name in names.items():
        other = make_enrollment(course, login, name=name)
        judged(make_attempt(other, tensor, received_at=now - timedelta(hours=5)), result, now - timedelta(hours=5))
    lost = make_run(make_attempt(other, tensor, received_at=now - timedelta(hours=1)), now - timedelta(hours=1))
    token = lease(lost, now)
    dispatch.fault(run=lost.public_id, token=token, sentence="no sandbox here", can_retry=False, at=now)
