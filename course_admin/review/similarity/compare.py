"""What compares submissions: asked for by staff, done by a task, its pairs kept until the next time. People judge."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext

from course_admin import task_sender
from course_admin.assignments.models import Assignment
from course_admin.courses.audit import delete_audited, new_event, record, save_audited
from course_admin.courses.models import AuditKind
from course_admin.identity.models import User
from course_admin.policy import Action, require
from course_admin.review.models import ADDED_CHARACTERS, AddedText, Comparison, TextKind
from course_admin.review.services import NotToSay
from course_admin.review.similarity.material import given_texts, newest_attempts, solutions, subject_of, text_of
from course_admin.review.similarity.pairs import pairs, values_of

COMPARE = "course_admin.review.tasks.compare"


def ask_for_comparison(*, assignment: Assignment, actor: User, at: datetime) -> Comparison:
    """Have an assignment's submissions compared soon; the pairs of before stay until then. Raises Refused."""
    require(actor, Action.COMPARE_WORK, assignment)
    asked = {"asked_by": actor, "asked_at": at, "finished_at": None}
    with transaction.atomic():
        comparison, _ = Comparison.objects.update_or_create(assignment=assignment, defaults=asked)
        event = new_event(
            assignment.course_id, AuditKind.GRADE, f"comparison of {assignment}", actor=actor, at=at, reason=""
        )
        event.before, event.after = None, {"asked": "compare the newest submissions"}
        record([event])
        task_sender.send_on_commit(COMPARE, {"assignment": assignment.pk})
    return comparison


def compare(*, assignment: Assignment, at: datetime) -> int:
    """Compare an assignment's newest submissions, if anybody asked; return how many pairs are alike."""
    asked = Comparison.objects.filter(assignment=assignment, finished_at=None)
    if not asked.exists():
        return 0
    subject = subject_of(assignment)
    excluded: set[int] = set()
    for text in (*subject.given(), *given_texts(assignment)):
        excluded |= values_of(text)
    texts: dict[str, set[int]] = {}
    attempts = newest_attempts(assignment)
    for attempt in attempts:
        if text := text_of(attempt, subject):
            texts[attempt.public_id] = values_of(text)
    missing = len(attempts) - len(texts)
    added = {name: values_of(row.text) for name, row in solutions(assignment).items()}
    whose = dict.fromkeys(added, "the course's own")  # two of them are no pair
    found = pairs(texts | added, excluded, whose)
    rows: list[dict[str, Any]] = [
        {"one": each.one, "other": each.other, "shared": each.shared, "share": round(each.share, 4)} for each in found
    ]
    asked.update(finished_at=at, texts=len(texts) + len(added), missing=missing, pairs=rows)
    return len(rows)


def add_text(*, assignment: Assignment, kind: str, title: str, text: str, actor: User, at: datetime) -> AddedText:
    """Add a text to an assignment's comparison. Raises NotToSay, or Refused."""
    require(actor, Action.COMPARE_WORK, assignment)
    title, text = title.strip(), text.replace("\r\n", "\n")
    if not title or not text.strip():
        raise NotToSay(gettext("A text needs a title and some lines; nothing was added."))
    if len(text) > ADDED_CHARACTERS:
        raise NotToSay(
            gettext("The text has {characters} characters; {most} fit.").format(
                characters=len(text), most=ADDED_CHARACTERS
            )
        )
    if kind not in TextKind.values:
        raise NotToSay(gettext("Say whether the text is a solution or was given to everybody."))
    added = AddedText(assignment=assignment, kind=kind, title=title[:200], text=text)
    save_audited(thing=added, actor=actor, at=at, reason="")
    return added


def remove_text(*, added: AddedText, actor: User, at: datetime) -> None:
    """Take an added text out of the comparison."""
    require(actor, Action.COMPARE_WORK, added)
    delete_audited(thing=added, actor=actor, at=at, reason="")
