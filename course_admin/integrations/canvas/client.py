"""Canvas's REST API, as much of it as we need: seven requests, and what each status of an answer means.

Everything that Canvas says is checked for its shape before it is used, and its own words are cleaned before anybody
sees them. Numbers are read as they are written: grades as Decimal, identifiers as integers of any size.

Source: canvas-lms developer documentation, "Assignments", "Submissions", "Progress", "Pagination", "Throttling", "OAuth".
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Protocol

from course_admin.integrations.outbox.lms import (
    WORDS_BYTES,
    GradeEntry,
    Job,
    LinkBroken,
    LmsProblem,
    NotPoints,
    Rejected,
    Shown,
    TemporaryFailure,
    number_of,
    points_shown,
)
from course_admin.integrations.safe_http import Answer, NotAllowed, Unreachable, retry_seconds
from grader.sanitize import clean

PER_PAGE, PAGES = 100, 500
REFUSED = "Canvas no longer takes our token: it is wrong, over or revoked. Put a new one in its place."
NO_RIGHT = "Canvas says that whoever our token belongs to has no right to grade in this course."
SHARED = (
    "Canvas gives the grade of one student to the whole group in this assignment: nothing was sent. Let it assign grades to "
    "each student individually there, and send again."
)
_OVER = ("completed", "failed")


class Requests(Protocol):
    """What makes the requests: `outgoing.Outgoing`."""

    origin: str

    def request(self, method: str, url: str, json: object = None) -> Answer:
        """Make one request."""


class CanvasClient:
    """One course of one Canvas. Every method raises an LmsProblem if Canvas does not do what it is asked for."""

    def __init__(self, outgoing: Requests, course: int) -> None:
        self._outgoing = outgoing
        self._api = f"{outgoing.origin}/api/v1"
        self._course = f"{self._api}/courses/{course}"

    def students(self) -> Iterator[dict[str, Any]]:
        """Yield the course's students: `id`, and where Canvas says so `email`, `login_id`, `sis_user_id`."""
        query = f"enrollment_type[]=student&include[]=email&include[]=enrollments&per_page={PER_PAGE}"
        return self._pages(f"{self._course}/users?{query}", "id")

    def scores(self, assignment: str) -> dict[str, Shown]:
        """Return the points of each student for an assignment, before Canvas's own late policy, or that it excuses them."""
        url = f"{self._course}/assignments/{assignment}/submissions?per_page={PER_PAGE}"
        return {str(row["user_id"]): _points(row) for row in self._pages(url, "user_id")}

    def points_possible(self, assignment: str) -> Decimal | None:
        """Return how many points an assignment is out of; None if Canvas gives no number.

        Raises Rejected for one where Canvas gives the grade of one student to the whole group.
        """
        answer = _parsed(self._ask("GET", f"{self._course}/assignments/{assignment}"))
        if not isinstance(answer, dict):
            raise TemporaryFailure("Canvas's answer about its assignment has an unexpected shape.")
        if answer.get("group_category_id") and not answer.get("grade_group_students_individually"):
            raise Rejected(SHARED)
        return number_of(answer.get("points_possible"))

    def assignments(self) -> Iterator[dict[str, Any]]:
        """Yield the course's assignments: `id`, and where Canvas says so `name`, `due_at`."""
        return self._pages(f"{self._course}/assignments?per_page={PER_PAGE}", "id")

    def update_grades(self, assignment: str, entries: Mapping[str, GradeEntry]) -> str:
        """Hand over grades by the students' numbers; return the number of Canvas's progress."""
        data = {
            number: {"posted_grade": f"{entry.points:f}", "text_comment": entry.comment}
            for number, entry in entries.items()
        }
        url = f"{self._course}/assignments/{assignment}/submissions/update_grades"
        answer = _parsed(self._ask("POST", url, {"grade_data": data}))
        if not isinstance(answer, dict) or not _is_number(answer.get("id")):
            raise TemporaryFailure("Canvas took the grades without saying where to ask what became of them.")
        return str(answer["id"])

    def progress(self, job: str) -> Job:
        """Say how far Canvas is with grades it was handed; a progress that it has forgotten is over."""
        try:
            answer = _parsed(self._ask("GET", f"{self._api}/progress/{job}"))
        except Rejected as problem:
            return Job(is_over=True, words=str(problem))
        if not isinstance(answer, dict):
            raise TemporaryFailure("Canvas's answer about its progress has an unexpected shape.")
        message = answer.get("message")
        words = clean(message, WORDS_BYTES) if isinstance(message, str) else ""
        return Job(is_over=answer.get("workflow_state") in _OVER, words=words)

    def _pages(self, url: str, number: str) -> Iterator[dict[str, Any]]:
        """Yield the rows of every page of a list, each with its `number`."""
        for _ in range(PAGES):
            answer = self._ask("GET", url)
            rows = _parsed(answer)
            if not isinstance(rows, list):
                raise TemporaryFailure("Canvas answered with something that is no list.")
            for row in rows:
                if not isinstance(row, dict) or not _is_number(row.get(number)):
                    raise Rejected(f"Canvas answered with a row that has no {number}.")
                yield row
            url = answer.next_url
            if not url:
                return
        raise TemporaryFailure(f"Canvas's list has more than {PAGES} pages.")

    def _ask(self, method: str, url: str, json: object = None) -> Answer:
        try:
            answer = self._outgoing.request(method, url, json)
        except NotAllowed as problem:
            raise LinkBroken(clean(str(problem), WORDS_BYTES)) from None
        except Unreachable as problem:
            raise TemporaryFailure(clean(str(problem), WORDS_BYTES)) from None
        if not 200 <= answer.status < 300:
            raise problem_of(answer, datetime.now(UTC))
        return answer


def problem_of(answer: Answer, at: datetime) -> LmsProblem:
    """Return what an answer that is no success means; `at`: now, for a date in Retry-After."""
    said = f"Canvas answered {answer.status}: {_words(answer)}"
    if answer.status == 401:
        if "www-authenticate" in answer.headers:
            return LinkBroken(REFUSED)
        return LinkBroken(NO_RIGHT)
    if 300 <= answer.status < 400:
        return LinkBroken(
            f"Canvas answered {answer.status}: it sends us elsewhere, where no token goes. Mend the address."
        )
    throttled = answer.status == 403 and b"rate limit exceeded" in answer.body.lower()
    if throttled or answer.status in (408, 429) or answer.status >= 500:
        return TemporaryFailure(clean(said, WORDS_BYTES), retry_seconds(answer.headers.get("retry-after", ""), at))
    return Rejected(clean(said, WORDS_BYTES))


def _words(answer: Answer) -> str:
    """Return Canvas's own words: the messages of its errors, or as much of the body as staff may want to read."""
    try:
        said = json.loads(answer.body)
    except (ValueError, RecursionError):
        return clean(answer.body[: 4 * WORDS_BYTES], WORDS_BYTES)
    errors = said.get("errors") if isinstance(said, dict) else None
    rows = errors if isinstance(errors, list) else [said]
    found = [row["message"] for row in rows if isinstance(row, dict) and isinstance(row.get("message"), str)]
    return "; ".join(found) or clean(answer.body[: 4 * WORDS_BYTES], WORDS_BYTES)


def _parsed(answer: Answer) -> Any:
    try:
        return json.loads(answer.body, parse_float=Decimal)
    except (ValueError, RecursionError):
        raise TemporaryFailure("Canvas's answer is not JSON.") from None


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63


def _points(row: dict[str, Any]) -> Shown:
    """Return the points that were entered: `score` is what Canvas's late policy leaves of them."""
    if row.get("excused") is True:
        return NotPoints.EXCUSED
    return points_shown(row["entered_score"] if row.get("entered_score") is not None else row.get("score"))
