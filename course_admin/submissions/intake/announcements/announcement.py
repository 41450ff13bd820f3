"""Announcement: what a host says about one push, in our words, whichever host it is."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime

from course_admin.submissions.intake.branch import CLOCKS_DIFFER, REDELIVERED_WITHIN
from course_admin.submissions.models import Forge

MOMENTS = ("pushed_at", "heard_at")


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

    heard_at: datetime | None = None  # when it arrived, where it is looked at later

    def counts_from(self, at: datetime) -> datetime:
        """Return from when a push counts that is announced at a moment: the host's own time, where that is the earlier one.

        An announcement that comes again after an outage of ours says when the push came. What lies further back than a
        host offers announcements again, or ahead of us, is no time of this push.
        """
        heard_at = self.heard_at or at
        return min(self.hosts_time(at) or heard_at, heard_at)

    def hosts_time(self, at: datetime) -> datetime | None:
        """Return the host's own time of a push that is announced at a moment; None if it says none that can be.

        Its clock may be some seconds ahead of ours: then a push counts from when it arrived, and the host's time still says
        which of its pushes came first.
        """
        heard_at = self.heard_at or at
        if self.pushed_at is None or not heard_at - REDELIVERED_WITHIN <= self.pushed_at <= heard_at + CLOCKS_DIFFER:
            return None
        return self.pushed_at

    def stored(self) -> dict[str, Any]:
        """Return it as JSON keeps it."""
        told = asdict(self)
        return {**told, **{name: moment.isoformat() for name in MOMENTS if (moment := told[name])}}

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> "Announcement":
        """Return what JSON kept."""
        moments = {name: parse_datetime(stored.get(name) or "") for name in MOMENTS}
        return cls(**{**stored, **moments})


@dataclass(frozen=True, slots=True)
class Found:
    """Of a push that is stored late: from when it counts, and when its host was asked, if no announcement came."""

    received_at: datetime
    asked_at: datetime | None
