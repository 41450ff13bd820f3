"""Snapshot: what a branch held when its host was first asked after a due time. Immutable, and never graded by itself."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from course_admin.assignments.models import Assignment
from course_admin.submissions.models.push import Repository


class Snapshot(models.Model):
    """One answer of the host about one due time of one student; another due time gets another snapshot."""

    repository = models.ForeignKey(Repository, on_delete=models.PROTECT, related_name="snapshots")
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="snapshots")
    due_at = models.DateTimeField(help_text=_("The student's own due time, extra days included."))
    commit_id = models.CharField(max_length=64, blank=True, help_text=_("Empty: the branch was not there."))
    taken_at = models.DateTimeField(help_text=_("When the host was asked."))

    class Meta:
        ordering = ["-taken_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["repository", "assignment", "due_at"], name="one_snapshot_per_repository_and_due_time"
            ),
            models.CheckConstraint(
                condition=Q(taken_at__gte=F("due_at")), name="a_snapshot_is_taken_once_its_due_time_has_passed"
            ),
        ]
        indexes = [models.Index(fields=["-taken_at", "-id"], name="snapshots_newest_first")]

    def __str__(self) -> str:
        return f"{self.commit_id[:7] or 'no branch'} when {self.assignment} was due"
