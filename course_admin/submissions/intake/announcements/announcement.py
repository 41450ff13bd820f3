"""Announcement: what a host says about one push, in our words, whichever host it is."""

from dataclasses import dataclass
from datetime import datetime

from course_admin.submissions.intake.branch import REDELIVERED_WITHIN
from course_admin.submissions.models import Forge


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
    forge: str = Forge.GITHUB
    sender_id: int | None = None  # GitHub's number of the account, which no other ever gets
    pushed_at: datetime | None = None  # by the host's clock, in what it signed

    def counts_from(self, at: datetime) -> datetime:
        """Return from when a push counts that is announced at a moment: the host's own time, where that is the earlier one.

        An announcement that comes again after an outage of ours says when the push came. What lies further back than a
        host offers announcements again, or ahead of us, is no time of this push.
        """
        return self.hosts_time(at) or at

    def hosts_time(self, at: datetime) -> datetime | None:
        """Return the host's own time of a push that is announced at a moment; None if it says none that can be."""
        if self.pushed_at is None or not at - REDELIVERED_WITHIN <= self.pushed_at <= at:
            return None
        return self.pushed_at


@dataclass(frozen=True, slots=True)
class Found:
    """Of a push that is stored late: from when it counts, and when its host was asked, if no announcement came."""

    received_at: datetime
    asked_at: datetime | None
