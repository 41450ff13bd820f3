"""Plain makers of what tests of the service need, with fixed defaults: the moment is NOW, the course teaches tensors."""

import hashlib
import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

from course_admin.assignments.models import Assignment, CheckState, SuiteVersion
from course_admin.courses.models import Course, Enrollment, Role, Scope
from course_admin.identity.models import User
from course_admin.submissions.models import Attempt, Run, RunState, Upload
from course_admin.submissions.queue import dispatch
from grader.result import Check, RunResult
from grader.source import Tree, pack_archive
from grader.verdict import Verdict

NOW = datetime(2026, 10, 2, 12, 0, tzinfo=UTC)
COMMIT = "3f9c2ab1d4e5f60718293a4b5c6d7e8f90a1b2c3"
SUITE_DIGEST = "5" * 64
TREE_DIGEST = "7" * 64
ARCHIVE = "a" * 64
SUITE_ARCHIVE = "b" * 64
SEED = 4117
OWNER = "tinytorch-class"

_numbers = itertools.count(1)


def make_user(username: str = "", **fields: Any) -> User:
    """Make an account; its password is "a long password"."""
    username = username or f"user{next(_numbers)}"
    user = User(**{"email": f"{username}@accounts.example", "name": username, **fields})
    user.set_password("a long password")
    user.save()
    return user


def make_course(slug: str = "tinytorch", **fields: Any) -> Course:
    """Make a course."""
    return Course.objects.create(slug=slug, title=fields.pop("title", "TinyTorch"), **fields)


def make_enrollment(course: Course, login: str = "mira-okafor", role: str = Role.STUDENT, **fields: Any) -> Enrollment:
    """Put somebody on a roster, with an account unless `account` is given."""
    account = fields.pop("account") if "account" in fields else make_user(f"{login}-{course.slug}")
    fields.setdefault("scope", Scope.ALL if role == Role.TA and fields.get("section") is None else Scope.LISTED)
    fields = {"name": login.replace("-", " ").title(), "email": f"{login}@example.edu", "github_login": login, **fields}
    return Enrollment.objects.create(course=course, role=role, account=account, **fields)


def make_assignment(course: Course, slug: str = "m01", **fields: Any) -> Assignment:
    """Make an assignment of the suite m01_tensor, handed in by repositories named after it."""
    suite, _ = SuiteVersion.objects.get_or_create(
        name="m01_tensor",
        digest=SUITE_DIGEST,
        defaults={
            "title": "Tensor",
            "added_at": NOW,
            "archive_sha256": SUITE_ARCHIVE,
            "check_state": CheckState.TRUSTED,
            "trusted_reason": "for tests",
        },
    )
    defaults = {"title": "Tensor", "module": 1, "suite": suite, "repository_pattern": f"{OWNER}/{slug}-{{login}}"}
    return Assignment.objects.create(course=course, slug=slug, **{**defaults, **fields})


def make_attempt(student: Enrollment, assignment: Assignment, **fields: Any) -> Attempt:
    """Make the student's next attempt, received at NOW."""
    number = fields.pop("number", Attempt.objects.of(student, assignment).count() + 1)
    defaults = {"received_at": NOW, "commit_id": COMMIT, "tree_digest": TREE_DIGEST, "archive_sha256": ARCHIVE}
    if fields.get("refusal"):
        defaults.pop("archive_sha256")
    people = [student, *fields.pop("partners", ())]
    return Attempt.objects.hand_in(people=people, assignment=assignment, number=number, **{**defaults, **fields})


def make_upload(student: Enrollment, assignment: Assignment, **fields: Any) -> Upload:
    """Make an upload of one file, which waits for its student since NOW."""
    tree = Tree.of({"tinytorch/core/tensor.py": b"class Tensor: ...\n"})
    held = pack_archive(tree)
    read = {"tree_digest": tree.digest, "archive_sha256": hashlib.sha256(held).hexdigest(), "held": held}
    came = {"account": student.account, "file_names": ["tensor.py"], "sha256": "c" * 64, "size_bytes": 19}
    return Upload.objects.create(
        student=student, assignment=assignment, **{"uploaded_at": NOW, **read, **came, **fields}
    )


def make_run(attempt: Attempt, at: datetime = NOW, **fields: Any) -> Run:
    """Queue a run."""
    return dispatch.enqueue(attempt=attempt, seed=SEED, at=at, **fields)


def lease(run: Run, at: datetime = NOW, *, running: bool = True) -> str:
    """Send a run out, begin it unless told otherwise, and return its token."""
    assert dispatch.dispatch(at=at) >= 1
    run.refresh_from_db()
    assert run.state == RunState.DISPATCHED
    if running:
        assert dispatch.start(run=run.public_id, token=run.lease_token, worker="w1", at=at)
        run.refresh_from_db()
    return run.lease_token


def make_check(number: int = 1, points: float = 5.0, **fields: Any) -> Check:
    """Make a passed check of the engine's result."""
    defaults = {"verdict": Verdict.PASSED, "max_points": 5.0, "number": str(number)}
    return Check(id=f"test_values.py::test_{number}", name=f"Check {number}", points=points, **{**defaults, **fields})


def make_result(*checks: Check, **fields: Any) -> RunResult:
    """Make the engine's result for a run made here."""
    checks = checks or (make_check(1), make_check(2, 0.0, verdict=Verdict.FAILED, message="expected 3, got 4"))
    provenance = {"tree_digest": TREE_DIGEST, "suite_digest": SUITE_DIGEST, "seed": SEED, "sandbox": "bubblewrap"}
    defaults = {
        "suite": "m01_tensor",
        "score": sum(check.points for check in checks),
        "max_score": sum(check.max_points for check in checks),
        "provenance": provenance,
    }
    return RunResult(checks=tuple(checks), **{**defaults, **fields})


def graded(attempt: Attempt, *checks: Check, at: datetime = NOW) -> Run:
    """Make a run of an attempt and record a result for it."""
    from course_admin.submissions.queue.record import record

    run = make_run(attempt, at)
    token = lease(run, at)
    later = at + timedelta(seconds=20)
    assert record(run=run.public_id, token=token, document=make_result(*checks).to_json(), at=later)
    run.refresh_from_db()
    return run
