"""Which repositories' hosts are asked next: nothing here writes or asks anybody.

Only what can still bring something: repositories of active students for an assignment that is open for them, which is
released, no draft, not hard-closed for more than an hour, and, if it never closes, not due for more than four weeks.
Assignments and their sections decide in one query; what a student's own extra days change is looked at row by row.
"""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeGuard

from django.db.models import Q

from course_admin.assignments.deadlines import DeadlineBook
from course_admin.assignments.late import Deadlines
from course_admin.assignments.models import Assignment
from course_admin.submissions.models import Repository
from course_admin.submissions.models.push import named_for

AFTER_CLOSE = timedelta(hours=1)
AFTER_DUE = timedelta(weeks=4)  # where nothing closes, so that courses that are over take no turns of others
SNAPSHOT_WITHIN = timedelta(days=1)  # after it, what a branch holds says nothing about its due time
ROWS_AT_ONCE = 500
NONE = Q(pk__in=[])
EVERY = ~NONE


def due_repositories(*, at_once: int, at: datetime) -> list[Repository]:
    """Return at most `at_once` repositories, each once.

    First those in doubt, then what came due since it was asked, then the longest not asked.
    """
    calendar = _Calendar(at)
    chosen: dict[int, Repository] = {}
    questions = [
        (Q(is_in_doubt=True) & calendar.maybe_open(), calendar.is_open),
        (calendar.maybe_due(), calendar.came_due),
        (calendar.maybe_open(), calendar.is_open),
    ]
    for wanted, is_wanted in questions:
        rows = Repository.objects.worth_asking().filter(wanted).select_related("student", "course")
        for repository in rows.iterator(chunk_size=ROWS_AT_ONCE):
            if len(chosen) == at_once:
                return list(chosen.values())
            if repository.pk not in chosen and not repository.has_moved and is_wanted(repository):
                chosen[repository.pk] = repository
    return list(chosen.values())


def has_come(due_at: datetime | None, at: datetime) -> TypeGuard[datetime]:
    """Say whether a due time has passed, and so lately that a snapshot is worth taking."""
    return due_at is not None and due_at <= at <= due_at + SNAPSHOT_WITHIN


def is_open(terms: Deadlines, at: datetime) -> bool:
    """Say whether something handed in may still count; without any times, always."""
    if terms.extended_closes_at:
        return at - AFTER_CLOSE <= terms.extended_closes_at
    return terms.extended_due_at is None or at - AFTER_DUE <= terms.extended_due_at


class _Calendar:
    """The released assignments of all courses and what everybody was promised for them, at one moment."""

    def __init__(self, at: datetime) -> None:
        self.at = at
        self.assignments: dict[int, list[Assignment]] = defaultdict(list)
        self.books: dict[int, DeadlineBook] = {}
        is_released = Q(releases_at__isnull=True) | Q(releases_at__lte=at)
        with_repositories = Assignment.objects.filter(is_released, is_draft=False).exclude(repository_pattern="")
        for each in with_repositories.select_related("course"):
            self.assignments[each.course_id].append(each)
            if each.course_id not in self.books:
                self.books[each.course_id] = DeadlineBook(each.course)

    def maybe_open(self) -> Q:
        """Return the condition of repositories that may have an open assignment."""
        return self._one_of(lambda terms: EVERY if any(is_open(each, self.at) for each in terms) else NONE)

    def maybe_due(self) -> Q:
        """Return the condition of repositories of which an assignment may have come due since they were asked."""

        def asked_before(terms: list[Deadlines]) -> Q:
            come = [each.due_at for each in terms if has_come(each.due_at, self.at)]
            return Q(asked_at__isnull=True) | Q(asked_at__lt=max(come)) if come else NONE

        return self._one_of(asked_before)

    def _one_of(self, without_extra_days: Callable[[list[Deadlines]], Q]) -> Q:
        """Return the condition that some assignment wants a repository; of whoever has extra days it may want all."""
        wanted = NONE
        for course, assignments in self.assignments.items():
            book = self.books[course]
            for each in assignments:
                extended = Q(student__in=book.with_extra_days(each))
                wanted |= named_for(each) & (extended | without_extra_days(book.common(each)))
        return wanted

    def is_open(self, repository: Repository) -> bool:
        """Say whether an assignment of a repository is open for its student."""
        return any(is_open(terms, self.at) for terms in self._terms(repository))

    def came_due(self, repository: Repository) -> bool:
        """Say whether an open assignment of a repository came due for its student since the host was asked."""
        since = repository.asked_at
        open_terms = [terms for terms in self._terms(repository) if is_open(terms, self.at)]
        come = [each.extended_due_at for each in open_terms if has_come(each.extended_due_at, self.at)]
        return any(since is None or since < due_at for due_at in come)

    def _terms(self, repository: Repository) -> list[Deadlines]:
        book = self.books[repository.course_id]
        mine = [each for each in self.assignments[repository.course_id] if repository.is_for(each)]
        return [book.terms(repository.student, each) for each in mine]
