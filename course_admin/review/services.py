"""What writes comments, each with an audit event in the same transaction."""

from datetime import datetime

from course_admin.courses.audit import delete_audited, save_audited
from course_admin.identity.models import User
from course_admin.policy import Action, require
from course_admin.review.models import TEXT_CHARACTERS, Comment
from course_admin.submissions.models import Attempt, Check


class NotToSay(ValueError):
    """A comment cannot be kept; its text is a sentence for whoever wrote it."""


def write_comment(
    *, attempt: Attempt, text: str, test_id: str, is_released: bool, author: User, at: datetime
) -> Comment:
    """Keep a comment on an attempt, or on its check `test_id`. Raises NotToSay, or Refused."""
    require(author, Action.COMMENT, attempt)
    text = text.strip()
    if not text:
        raise NotToSay("The comment is empty; write what the student should know.")
    if len(text) > TEXT_CHARACTERS:
        raise NotToSay(f"The comment has {len(text)} characters; {TEXT_CHARACTERS} fit.")
    check = (
        Check.objects.filter(run__attempt=attempt, test_id=test_id).order_by("-run__id").first() if test_id else None
    )
    if test_id and check is None:
        raise NotToSay("This attempt has no such check any more; choose another, or comment on the attempt.")
    comment = Comment(
        attempt=attempt,
        test_id=check.test_id if check else "",
        check_name=check.name if check else "",
        text=text,
        author=author,
        written_at=at,
        released_at=at if is_released else None,
    )
    save_audited(thing=comment, actor=author, at=at, reason="")
    return comment


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
