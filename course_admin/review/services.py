"""What writes comments, each with an audit event in the same transaction."""

from dataclasses import asdict
from datetime import datetime

from django.utils.translation import gettext

from course_admin.courses.audit import delete_audited, save_audited
from course_admin.identity.models import User
from course_admin.policy import Action, require
from course_admin.review.models import LINE_CHARACTERS, PATH_CHARACTERS, TEXT_CHARACTERS, Comment
from course_admin.submissions.code.browser import ARCHIVE_BYTES
from course_admin.submissions.code.places import Place
from course_admin.submissions.models import Attempt, Check
from course_admin.submissions.reports.failures.sources import Sources


class NotToSay(ValueError):
    """A comment cannot be kept; its text is a sentence for whoever wrote it."""


def write_comment(
    *,
    attempt: Attempt,
    text: str,
    test_id: str,
    is_released: bool,
    author: User,
    at: datetime,
    place: Place | None = None,
) -> Comment:
    """Keep a comment on an attempt, on its check `test_id`, or on a line of its files. Raises NotToSay, or Refused."""
    require(author, Action.COMMENT, attempt)
    released_at = at if is_released else None
    comment = new_comment(
        attempt=attempt, text=text, test_id=test_id, place=place, author=author, at=at, released_at=released_at
    )
    save_audited(thing=comment, actor=author, at=at, reason="")
    return comment


def new_comment(
    *,
    attempt: Attempt,
    text: str,
    test_id: str,
    place: Place | None,
    author: User,
    at: datetime,
    released_at: datetime | None,
) -> Comment:
    """Return a comment that is not stored yet, by whoever may write it. Raises NotToSay."""
    text = text.strip()
    if not text:
        raise NotToSay(gettext("The comment is empty; write what the other side should know."))
    if len(text) > TEXT_CHARACTERS:
        raise NotToSay(
            gettext("The comment has {characters} characters; {most} fit.").format(
                characters=len(text), most=TEXT_CHARACTERS
            )
        )
    check = check_of(attempt, test_id) if place is None else None
    of_line = {} if place is None else {**asdict(place), "line_text": line_of(attempt, place)}
    return Comment(
        **of_line,
        attempt=attempt,
        test_id=check.test_id if check else "",
        check_name=check.name if check else "",
        text=text,
        author=author,
        written_at=at,
        released_at=released_at,
    )


def line_of(attempt: Attempt, place: Place) -> str:
    """Return what a line of an attempt's files says. Raises NotToSay if there is none, or nobody can see it."""
    text = Sources(attempt, ARCHIVE_BYTES).line_at(place) if len(place.path) <= PATH_CHARACTERS else None
    if text is None:
        words = gettext("There is no {place} in that file, or the file is not shown; choose another line.")
        raise NotToSay(words.format(place=place.words))
    return text[:LINE_CHARACTERS]


def check_of(attempt: Attempt, test_id: str) -> Check | None:
    """Return the newest line of an attempt's check; None for "", the attempt as a whole. Raises NotToSay if there is none."""
    if not test_id:
        return None
    lines = Check.objects.filter(run__attempt=attempt, run__is_trial=False, test_id=test_id)
    found = lines.order_by("-run__queued_at", "-run__id").first()
    if found is None:
        raise NotToSay(gettext("This attempt has no such check any more; choose another, or comment on the attempt."))
    return found


def release_comment(*, comment: Comment, actor: User, at: datetime) -> None:
    """Let the student read a comment from now on; nothing if they may already."""
    require(actor, Action.COMMENT, comment)
    if comment.released_at is None:
        comment.released_at = at
        save_audited(thing=comment, actor=actor, at=at, reason="")


def delete_comment(*, comment: Comment, actor: User, at: datetime) -> None:
    """Take a comment back; the audit log keeps what it said."""
    require(actor, Action.DELETE_COMMENT, comment)
    delete_audited(thing=comment, actor=actor, at=at, reason="")
