"""Asking GitHub which repositories there are already for an assignment, and keeping its answer until somebody takes them over.

The page only asks for it: the requests are made in the queue `sync`, where waiting holds nobody up.
"""

from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.utils.translation import override

from course_admin.assignments.models import Assignment
from course_admin.integrations.github.app.client import GitHub
from course_admin.integrations.github.models import RepositoryListing
from course_admin.integrations.github.repositories.existing.listing import (
    NO_APP,
    NO_PATTERN,
    NOT_LISTED,
    NOT_THERE,
    NotListed,
    installation_for,
    list_existing,
)
from course_admin.integrations.outbox.enquiry.asking import NoAnswer, Step, answer, note
from course_admin.languages.stored_words import StoredSentences
from course_admin.policy import Action, require
from course_admin.submissions.intake.ownership.adopting import ExistingRepository

HOLDS_FOR = timedelta(days=1)  # what is bound by an answer is as old as the answer
_WORDS = (NO_APP, NO_PATTERN, NOT_THERE, NOT_LISTED)


def ask(*, assignment: Assignment, actor: Any, at: datetime) -> RepositoryListing:
    """Note that who leads a course wants to know which repositories there are; return it. The caller sends the task.

    Raises Refused, and NotListed where it is known beforehand that there will be no answer.
    """
    require(actor, Action.SET_UP, assignment)
    installation_for(assignment, at)
    return note(RepositoryListing, assignment, at)


def read(*, asked: RepositoryListing, hub: GitHub | None, at: datetime) -> None:
    """Ask GitHub, and keep what it lists, or why it lists nothing."""

    def find(step: Step) -> dict[str, Any]:
        try:
            found = list_existing(hub=hub, assignment=asked.assignment, tell=lambda count: step(count, None))
        except NotListed as problem:
            raise NoAnswer(str(problem)) from None
        return {"pattern": asked.assignment.repository_pattern, "rows": [_row(each) for each in found]}

    answer(asked=asked, find=find, at=at)


def listed(found: RepositoryListing | None, at: datetime) -> list[ExistingRepository] | None:
    """Return what GitHub listed; None if nothing is known, of another pattern, or too old to bind anything by."""
    if found is None or found.read_at is None or found.read_at + HOLDS_FOR < at:
        return None
    if found.pattern != found.assignment.repository_pattern:
        return None
    return [
        ExistingRepository(number, name, branch, datetime.fromisoformat(pushed_at) if pushed_at else None)
        for number, name, branch, pushed_at in found.rows
    ]


def words(stored: str) -> str:
    """Return why GitHub listed nothing, in the language in force; what GitHub said stays as it is."""
    return _stored().reworded(stored)


@cache
def _stored() -> StoredSentences:
    with override(None):  # as they were written
        return StoredSentences([str(each) for each in _WORDS])


def _row(each: ExistingRepository) -> list[Any]:
    return [each.host_id, each.full_name, each.default_branch, each.pushed_at.isoformat() if each.pushed_at else ""]
