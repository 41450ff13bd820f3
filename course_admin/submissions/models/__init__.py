"""The tables of this app: Repository, Push, ParkedPush, Sighting, Snapshot, Attempt, Run, Check. Services write, models answer."""

from course_admin.submissions.models.attempt import Attempt
from course_admin.submissions.models.parked import ParkedPush
from course_admin.submissions.models.push import Push, PushState, Repository
from course_admin.submissions.models.run import PUSH, Check, Run, RunState
from course_admin.submissions.models.sighting import Sighting
from course_admin.submissions.models.snapshot import Snapshot

__all__ = [
    "PUSH",
    "Attempt",
    "Check",
    "ParkedPush",
    "Push",
    "PushState",
    "Repository",
    "Run",
    "RunState",
    "Sighting",
    "Snapshot",
]
