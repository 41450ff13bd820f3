"""The tables of this app: Repository and Push, Attempt, Run and Check. Services write them; models only answer."""

from course_admin.submissions.models.attempt import Attempt
from course_admin.submissions.models.push import Push, PushState, Repository
from course_admin.submissions.models.run import PUSH, Check, Run, RunState

__all__ = ["PUSH", "Attempt", "Check", "Push", "PushState", "Repository", "Run", "RunState"]
