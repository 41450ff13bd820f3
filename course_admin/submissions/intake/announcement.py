"""Announcement: what a host says about one push, in our words, whichever host it is."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Announcement:
    """What a host says about one push, already checked and in our words."""

    delivery_id: str
    repository_id: int
    full_name: str
    default_branch: str
    ref: str
    before_id: str
    commit_id: str
    is_forced: bool
    is_deletion: bool
    sender_login: str
    sender_is_bot: bool


@dataclass(frozen=True, slots=True)
class Found:
    """Of a push that is stored late: from when it counts, and when its host was asked, if no announcement came."""

    received_at: datetime
    asked_at: datetime | None
