"""The payload of GitHub's `push` event -> an Announcement. Only what is read is checked; what is odd is refused by name.

Source: GitHub's webhook description (`@octokit/openapi-webhooks`), event `push`.
"""

import re
from typing import Any

from course_admin.integrations import payload as read
from course_admin.integrations.deliveries import BadPayload
from course_admin.integrations.times import moment_of
from course_admin.submissions.intake.announcements.announcement import Announcement
from grader.sanitize import clean

#: An owner may be an Enterprise Managed User, whose login has an underscore.
FULL_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}")
_REF_BYTES = 250
#: A program that pushes what people have put in its queue: their work, and no program's.
MERGE_QUEUE = "github-merge-queue[bot]"


def announcement(payload: Any, delivery_id: str) -> Announcement:
    """Return what a push's payload announces. Raises BadPayload."""
    repository = read.member(payload, "repository")
    sender = payload.get("sender")
    sender = sender if isinstance(sender, dict) else {}
    login, kind, number = (sender.get(name) for name in ("login", "type", "id"))
    return Announcement(
        delivery_id=delivery_id,
        repository_id=read.number(repository, "id", "repository.id"),
        full_name=read.matching(repository, "full_name", FULL_NAME, "repository.full_name"),
        default_branch=_text(repository, "default_branch", "repository.default_branch"),
        ref=_text(payload, "ref", "ref"),
        before_id=read.matching(payload, "before", read.COMMIT, "before"),
        commit_id=read.matching(payload, "after", read.COMMIT, "after"),
        is_forced=payload.get("forced") is True,
        is_deletion=payload.get("deleted") is True or not str(payload.get("after", "")).strip("0"),
        sender_login=clean(login, 100, 1) if isinstance(login, str) else "",
        sender_is_bot=kind == "Bot" and login != MERGE_QUEUE,
        sender_id=number
        if isinstance(number, int) and not isinstance(number, bool) and 0 < number <= read.BIGGEST
        else None,
        pushed_at=moment_of(repository.get("pushed_at")),
    )


def _text(holder: dict[str, Any], name: str, shown: str) -> str:
    value = holder.get(name)
    is_text = isinstance(value, str) and 0 < len(value) <= _REF_BYTES and clean(value, _REF_BYTES, 1) == value
    if not is_text:
        raise BadPayload(f"The push has no usable {shown}.")
    return str(value)
