"""Noting an enquiry, and answering it. What is known at any time stands in its row, so that a page can follow it.

Who may ask is for each kind to decide, and so is what is kept.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

from course_admin.integrations.outbox.enquiry.model import Enquiry
from course_admin.integrations.outbox.lms import LmsProblem

KEPT_FOR = timedelta(days=7)  # an answer is out of date by then, and may hold names and addresses
E = TypeVar("E", bound=Enquiry)


class NoAnswer(Exception):
    """There is no answer, for the reason that the message names to staff; of an LMS an `LmsProblem` says it."""


#: Is told how much of an answer has come, and of how much, if that is known.
Step = Callable[[int, int | None], None]


def note(kind: type[E], about: Any, at: datetime) -> E:
    """Note that an answer is wanted, and forget the last one; return the row. The caller sends the task."""
    fields = [each for each in kind._meta.concrete_fields if each.name not in ("id", kind.about)]
    blank = {each.name: each.get_default() for each in fields}
    told = {kind.about: about, "defaults": {**blank, "asked_at": at}}
    return kind._default_manager.update_or_create(**told)[0]


def answer(*, asked: Enquiry, find: Callable[[Step], Mapping[str, Any]], at: datetime) -> None:
    """Keep what `find` returns, or why nothing is known; it tells meanwhile how far it is."""
    try:
        found = {**find(lambda done, total: _keep(asked, done=done, total=total)), "read_at": at}
    except (LmsProblem, NoAnswer) as problem:
        found = {"words": str(problem)}
    _keep(asked, **found)


def forget_old(at: datetime) -> int:
    """Forget the enquiries of every kind that nobody has looked at again for a week; return how many they were."""
    old = [kind._default_manager.filter(asked_at__lt=at - KEPT_FOR) for kind in Enquiry.__subclasses__()]
    return sum(each.delete()[0] for each in old)


def _keep(asked: Enquiry, **found: Any) -> None:
    """Write something down, unless it was asked for again, or of a link that was corrected: then this says nothing about it."""
    type(asked)._default_manager.filter(pk=asked.pk, asked_at=asked.asked_at).update(**found)
