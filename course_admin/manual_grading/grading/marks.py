"""What writes marks: half-finished ones as they are typed, finished ones with an audit event in the same transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext

from course_admin.courses.audit import require_state, save_audited
from course_admin.identity.models import User
from course_admin.manual_grading.models import COMMENT_CHARACTERS, HandGrading, Purpose, Question, SavedComment
from course_admin.policy import Action, Refused, require

Marks = dict[str, dict[str, Any]]


class NotToGrade(ValueError):
    """Marks cannot be kept; its text is a sentence for whoever gave them."""


def clean_marks(questions: Sequence[Question], typed: Mapping[str, Mapping[str, Any]]) -> Marks:
    """Return marks as they are stored, without answers that nothing is said about. Raises NotToGrade."""
    found: Marks = {}
    for question in questions:
        mark = typed.get(str(question.pk), {})
        known = {item.pk for item in question.items.all()}
        typed_items = (str(each) for each in mark.get("items", ()))
        items = sorted({int(each) for each in typed_items if each.isdecimal() and len(each) < 18} & known)
        if question.takes_one_item and len(items) > 1:
            raise NotToGrade(gettext("Question {question} takes one item: choose which.").format(question=question))
        comment = str(mark.get("comment", "")).strip()
        if "\0" in comment:
            raise NotToGrade(
                gettext("The comment on question {question} holds a character that is no text: type it again.").format(
                    question=question
                )
            )
        if len(comment) > COMMENT_CHARACTERS:
            raise NotToGrade(
                gettext("The comment on question {question} has {characters} characters; {most} fit.").format(
                    question=question, characters=len(comment), most=COMMENT_CHARACTERS
                )
            )
        adjustment = _adjustment(str(mark.get("adjustment", "")).strip(), question)
        if items or adjustment or comment:
            found[str(question.pk)] = {"items": items, "adjustment": adjustment, "comment": comment}
    return found


def _adjustment(typed: str, question: Question) -> str:
    if not typed:
        return ""
    try:
        number = Decimal(typed.replace(",", ".").replace("\u2212", "-"))
    except InvalidOperation:
        raise NotToGrade(
            gettext("The adjustment of question {question} is no number: write one such as -1 or 0.5.").format(
                question=question
            )
        ) from None
    if not number.is_finite() or abs(number) > question.points or number != round(number, 2):
        raise NotToGrade(
            gettext(
                "The adjustment of question {question} lies outside of -{points} to {points}, in two decimals."
            ).format(question=question, points=question.points)
        )
    return f"{number:f}"


def is_marked(mark: Mapping[str, Any]) -> bool:
    """Say whether an answer has marks: an item was chosen, or an adjustment written, be it 0."""
    return bool(mark.get("items") or mark.get("adjustment"))


def keep_draft(*, grading: HandGrading, marks: Marks, actor: User, shown: str = "") -> None:
    """Keep half-finished marks; shown: the state of the grading that the actor saw. Raises Refused, and ChangedMeanwhile."""
    _require(grading, actor)
    require_state(shown, grading)
    grading.draft = marks
    grading.save(update_fields=["draft"])


def finish(
    *,
    grading: HandGrading,
    questions: Sequence[Question],
    marks: Marks,
    actor: User,
    at: datetime,
    shown: str = "",
) -> None:
    """Let marks count from now on; shown: the state of the grading that the actor saw.

    Raises NotToGrade while an answer has none, ChangedMeanwhile, Refused.
    """
    _require(grading, actor)
    require_state(shown, grading)
    missing = [each for each in questions if not is_marked(marks.get(str(each.pk), {}))]
    if missing:
        raise NotToGrade(
            gettext("Question {question} has no marks yet: choose an item, or write an adjustment, 0 included.").format(
                question=missing[0]
            )
        )
    grading.marks, grading.draft, grading.grader, grading.finished_at = marks, {}, actor, at
    save_audited(thing=grading, actor=actor, at=at, reason="")


def save_comment(*, question: Question, text: str, actor: User, at: datetime) -> None:
    """Keep a comment to be used again, once. Whoever may grade may."""
    require(actor, Action.OPEN_DESK, question)
    text = text.strip()
    if text and not SavedComment.objects.filter(question=question, text=text).exists():
        save_audited(thing=SavedComment(question=question, text=text, author=actor), actor=actor, at=at, reason="")


def _require(grading: HandGrading, actor: User) -> None:
    require(actor, Action.GRADE_BY_HAND, grading)
    if grading.purpose == Purpose.CALIBRATION and grading.grader_id != actor.pk:
        raise Refused(gettext("A calibration is graded by whom it was given to, and by nobody else."))
