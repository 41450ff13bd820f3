"""The tables of what is handed in; services write, models answer."""

from course_admin.submissions.models.attempt import Attempt, AttemptMember, arrival
from course_admin.submissions.models.check import Check
from course_admin.submissions.models.parked import ParkedPush
from course_admin.submissions.models.push import Forge, Push, PushState, PushWait, Repository
from course_admin.submissions.models.regrade_preview import PreviewState, RegradePreview
from course_admin.submissions.models.run import PUSH, STATE_WORDS, Run, RunReason, RunState, RunWait
from course_admin.submissions.models.snapshot import Snapshot
from course_admin.submissions.models.unannounced_tip import UnannouncedTip
from course_admin.submissions.models.upload import Upload
from course_admin.submissions.models.waiting_announcement import WaitingAnnouncement

__all__ = [
    "PUSH",
    "STATE_WORDS",
    "Attempt",
    "AttemptMember",
    "Check",
    "Forge",
    "ParkedPush",
    "PreviewState",
    "Push",
    "PushState",
    "PushWait",
    "RegradePreview",
    "Repository",
    "Run",
    "RunReason",
    "RunState",
    "RunWait",
    "Snapshot",
    "UnannouncedTip",
    "Upload",
    "WaitingAnnouncement",
    "arrival",
]
