"""What the API answers: every field of every answer, and nothing of a model that is not named here."""

from datetime import datetime

from ninja import Schema


class Message(Schema):
    """Why something was not done, in one sentence."""

    message: str


class CourseOut(Schema):
    """A course where the token's owner has a place."""

    slug: str
    title: str
    roles: list[str]


class AssignmentOut(Schema):
    """An open assignment; the times are the owner's own where they are its student."""

    slug: str
    title: str
    points: float
    releases_at: datetime | None
    due_at: datetime | None
    closes_at: datetime | None
    takes_uploads: bool


class CheckOut(Schema):
    """One check, as the owner may see it; what is withheld is null or empty, and `why_withheld` says why."""

    number: str
    name: str
    verdict: str
    points: float | None
    max_points: float | None
    message: str
    output: str
    why_withheld: str


class AttemptOut(Schema):
    """Where an attempt stands."""

    id: str
    number: int
    course: str
    assignment: str
    received_at: datetime
    is_late: bool
    state: str  # a run's, or `refused`, or `not_graded`
    is_final: bool
    sentence: str
    score: float | None
    max_score: float | None
    url: str


class ReportOut(AttemptOut):
    """An attempt with its report."""

    refusal: str
    notes: list[str]
    checks: list[CheckOut]
    tree_digest: str
    commit: str


class GradeOut(Schema):
    """What one student has for one assignment; `points` is null while nothing counts. `is_held`: students do not see it yet."""

    student: str
    email: str
    student_id: str
    assignment: str
    points: float | None
    max_points: float
    attempt: str | None
    late_days: int | None
    is_held: bool
