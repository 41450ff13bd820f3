"""GitLab's webhooks: a token in a header, and the payload of `push` and `tag_push` -> an Announcement.

No time of the push is in it, so that a push counts from when its announcement arrives, or as found by asking. More than three
branches in one push are not announced at all: they are found by asking.
Source: GitLab documentation, "Webhook events", and `lib/gitlab/data_builder/push.rb`.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Any

from course_admin.integrations import payload as read
from course_admin.integrations.proof import is_one_of
from course_admin.submissions.intake.announcements.announcement import Announcement
from course_admin.submissions.models import Forge

#: What GitLab calls the owner of a project's or a group's access token, which is a program.
_PROGRAM = re.compile(r"(?:project|group)_\d+_bot\d*(?:_[0-9a-f]+)?")
KINDS = ("push", "tag_push")
ID_HEADERS = ("Idempotency-Key", "X-Gitlab-Event-UUID")  # the first stays the same when it is sent again


def is_known(token: str, secrets: Iterable[str]) -> bool:
    """Say whether a token is one of ours. No token, no push."""
    return is_one_of(token, [secret for secret in secrets if secret])


def kind_of(payload: dict[str, Any]) -> str:
    """Return what a payload tells of: hooks of projects and of the whole system name it differently."""
    kind = payload.get("object_kind") or payload.get("event_name")
    return kind if isinstance(kind, str) else ""


def delivery_id(headers: Mapping[str, str], body: bytes) -> str:
    """Return what GitLab calls a delivery; versions that call it nothing are known by what they say."""
    told = next((value for name in ID_HEADERS if (value := headers.get(name, ""))), "")
    return told or hashlib.sha256(body).hexdigest()[:32]


def announcement(payload: dict[str, Any], delivery: str) -> Announcement:
    """Return what a push's payload announces. Raises BadPayload."""
    project = read.member(payload, "project")
    login = read.text(payload, "user_username", "user_username", or_else="")
    after = read.matching(payload, "after", read.COMMIT, "after")
    return Announcement(
        delivery_id=f"gitlab-{delivery}",
        repository_id=read.number(payload, "project_id", "project_id"),
        full_name=read.matching(project, "path_with_namespace", read.FULL_NAME, "project.path_with_namespace"),
        default_branch=read.text(project, "default_branch", "project.default_branch", or_else="main"),
        ref=read.text(payload, "ref", "ref"),
        before_id=read.matching(payload, "before", read.COMMIT, "before"),
        commit_id=after,
        is_forced=False,
        is_deletion=not after.strip("0"),
        sender_login=login,
        sender_is_bot=bool(_PROGRAM.fullmatch(login)),
        forge=Forge.GITLAB,
    )
