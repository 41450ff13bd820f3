"""A student's assignments as the course's home shows them, in the order in which they are due, and the one to do next.

A fixed number of queries, whatever the course holds. Grades come from the gradebook, states from the newest attempt.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from django.utils.translation import gettext

from course_admin.assignments.late_words import late_words
from course_admin.assignments.models import Assignment
from course_admin.assignments.patterns import LOGIN
from course_admin.courses.models import Enrollment
from course_admin.gradebook.grading.grades import GradeRow
from course_admin.gradebook.release.seen import rows_for_student
from course_admin.submissions.addresses import clone_address, usual_forge
from course_admin.submissions.models import Attempt, Repository, Run, RunState

FAR = datetime.max.replace(tzinfo=UTC)
UNDER_WAY = (RunState.QUEUED, RunState.DISPATCHED, RunState.RUNNING)
#: State of the newest run -> how its badge looks; any other is plain.
LOOKS = {
    RunState.QUEUED: "run",
    RunState.DISPATCHED: "run",
    RunState.RUNNING: "running",
    RunState.NEEDS_ATTENTION: "warn",
}


@dataclass(frozen=True, slots=True)
class Where:
    """Where an assignment is handed in: what clones it, and the branch that is graded; a problem if nobody can say."""

    command: str = ""
    branch: str = ""
    is_bound: bool = False
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """One assignment as its student sees it at one moment."""

    assignment: Assignment
    row: GradeRow
    attempts: list[Attempt]  # newest first
    where: Where
    missing: list[Assignment]  # what it builds on that is not right yet
    late_costs: str
    closes_at: datetime | None
    at: datetime

    @property
    def newest(self) -> Attempt | None:
        """The newest attempt."""
        return self.attempts[0] if self.attempts else None

    @property
    def newest_run(self) -> Run | None:
        """The newest run of the newest attempt."""
        return next(iter(self.newest.runs.all()), None) if self.newest else None

    @property
    def points(self) -> Decimal | None:
        """The grade that counts."""
        return self.row.points

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left to earn; of a grade that is held, what the newest report says."""
        if self.row.is_held:
            run = self.newest_run
            return run is not None and run.is_graded and run.score == run.max_score
        return self.points is not None and self.points >= self.assignment.points

    @property
    def is_open(self) -> bool:
        """Whether something handed in now could count."""
        return self.assignment.is_released(self.at) and not self.has_closed

    @property
    def has_closed(self) -> bool:
        """Whether it is too late for anything to count."""
        return self.closes_at is not None and self.at > self.closes_at

    @property
    def is_settled(self) -> bool:
        """Whether nothing is left to do: all points are earned and nothing is being graded, or it has closed."""
        return not self.is_under_way and (self.is_complete or self.has_closed)

    @property
    def is_under_way(self) -> bool:
        """Whether the newest attempt is being graded or waits for it."""
        return self.newest_run is not None and self.newest_run.state in UNDER_WAY

    @property
    def is_past(self) -> bool:
        """Whether its due time is over."""
        return self.row.due_at is not None and self.at > self.row.due_at

    @property
    def badge(self) -> tuple[str, str]:
        """What its badge says, and how it looks."""
        if not self.assignment.is_released(self.at):
            return badge_of(self.assignment, self.at)
        if self.newest is None:
            return (gettext("not handed in"), "warn") if self.is_past else (gettext("not handed in yet"), "")
        if self.newest.refusal:
            return gettext("cannot be graded"), "bad"
        if self.newest_run is None:
            return gettext("kept, not graded"), ""
        if self.newest_run.is_graded:
            return (gettext("complete"), "good") if self.is_complete else (gettext("graded"), "")
        return self.newest_run.state_words, LOOKS.get(RunState(self.newest_run.state), "")


def badge_of(assignment: Assignment, at: datetime) -> tuple[str, str]:
    """Return what an assignment's badge says to who has no attempts of it, and how it looks."""
    if assignment.is_draft:
        return gettext("draft"), "warn"
    if not assignment.is_released(at):
        return gettext("not open yet"), ""
    if assignment.closes_at is not None and at > assignment.closes_at:
        return gettext("closed"), ""
    return gettext("open"), "good"


def cards_of(student: Enrollment, at: datetime) -> list[Card]:
    """Return a student's assignments, what is due first coming first; drafts are nobody's yet."""
    rows = [row for row in rows_for_student(student, at) if not row.assignment.is_draft]
    needs = _needs(student)
    points = {row.assignment.pk: (row.points, row.assignment) for row in rows if not row.is_held}
    attempts: dict[int, list[Attempt]] = defaultdict(list)
    for each in Attempt.objects.filter(members=student).prefetch_related("runs").with_people():
        attempts[each.assignment_id].append(each)
    repositories = list(Repository.objects.filter(student=student).order_by("-pk"))
    cards = [
        Card(
            assignment=row.assignment,
            row=row,
            attempts=attempts[row.assignment.pk],
            where=_where(student, row.assignment, repositories),
            missing=[
                points[key][1]
                for key in needs[row.assignment.pk]
                if key in points and (points[key][0] is None or points[key][0] < points[key][1].points)  # type: ignore[operator]
            ],
            late_costs=late_words(row.assignment.late_policy),
            closes_at=row.closes_at,
            at=at,
        )
        for row in rows
    ]
    return sorted(cards, key=lambda card: (card.row.due_at or FAR, card.assignment.module or 0, card.assignment.slug))


@dataclass(frozen=True, slots=True)
class Stacks:
    """A student's cards as a page lays them out: what is open to work on, and, folded, what comes later and what is settled."""

    open: list[Card]
    later: list[Card]
    settled: list[Card]


def stacks_of(cards: list[Card]) -> Stacks:
    """Return the cards in three stacks, each in the order of the cards."""
    settled = [card for card in cards if card.is_settled]
    later = [card for card in cards if not card.is_settled and not card.assignment.is_released(card.at)]
    return Stacks([card for card in cards if card not in settled and card not in later], later, settled)


def next_of(cards: list[Card]) -> Card | None:
    """Return what to do next: the first that is open and incomplete, one that is not past its due time before others."""
    todo = [card for card in cards if card.is_open and not card.is_complete]
    in_time = [card for card in todo if not card.is_past]
    return next(iter(in_time or todo), None)


def _needs(student: Enrollment) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    pairs = Assignment.needs.through.objects.filter(from_assignment__course=student.course_id)
    for assignment, needed in pairs.order_by("to_assignment__module").values_list("from_assignment", "to_assignment"):
        found[assignment].append(needed)
    return found


def _where(student: Enrollment, assignment: Assignment, repositories: list[Repository]) -> Where:
    """Return where a student hands an assignment in: the repository that is theirs, else the one that will be."""
    mine = next((each for each in repositories if each.is_for(assignment)), None)
    if mine is not None:
        return Where(_clone(mine.full_name, mine.forge), mine.branch_for(assignment), is_bound=True)
    if not assignment.repository_pattern:
        return Where()  # files are uploaded
    if not student.github_login:
        return Where(problem=gettext("Your GitHub login is not on the roster yet. Tell your course staff what it is."))
    name = assignment.repository_pattern.replace(LOGIN, student.github_login)
    return Where(_clone(name, usual_forge()), assignment.branch)


def _clone(full_name: str, forge: str) -> str:
    return f"git clone {clone_address(full_name, forge)}"
