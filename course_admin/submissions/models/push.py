"""Repository and Push: where a student pushes, and one push as its host announced it.

A push is stored before its announcement is answered, and its delivery number is unique: whatever is announced twice
counts once.
"""

from datetime import datetime

from django.db import models
from django.db.models import Q

from course_admin.courses.models import Course, Enrollment


class Repository(models.Model):
    """One student's repository, bound by the host's own number: names change, and names are taken over."""

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="repositories")
    student = models.ForeignKey(Enrollment, on_delete=models.PROTECT, related_name="repositories")
    host_id = models.BigIntegerField(unique=True, help_text="The repository's number at its host.")
    full_name = models.CharField(max_length=200, help_text="Owner and name, as last announced.")
    bound_name = models.CharField(
        max_length=200,
        help_text="Owner and name when it was bound: patterns are held against it, whatever it is renamed.",
    )
    bound_login = models.CharField(max_length=39, help_text="The student's login in that name, in lower case.")
    default_branch = models.CharField(max_length=255)

    class Meta:
        ordering = ["full_name"]
        verbose_name_plural = "repositories"
        indexes = [models.Index(fields=["full_name"], name="repositories_by_name")]

    def __str__(self) -> str:
        return self.full_name


class PushState(models.TextChoices):
    """What became of a push."""

    RECEIVED = "received", "received"  # stored, its code not fetched yet
    ATTEMPTED = "attempted", "attempted"  # became an attempt of every assignment that it serves
    IGNORED = "ignored", "ignored"  # nothing to grade, and `reason` says why
    NEEDS_ATTENTION = (
        "needs_attention",
        "needs attention",
    )  # could not be fetched, for a reason that is not the student's


class PushQuerySet(models.QuerySet):
    """Questions about pushes."""

    def waiting(self, at: datetime) -> "PushQuerySet":
        """Those whose code should be fetched now, oldest first."""
        return self.filter(state=PushState.RECEIVED, next_try_at__lte=at).order_by("received_at", "id")


class Push(models.Model):
    """One push, as announced. What is graded is `commit_id`, one full commit, whatever the branch does later."""

    delivery_id = models.CharField(max_length=64, help_text="The host's number of the announcement.")
    repository = models.ForeignKey(Repository, on_delete=models.PROTECT, related_name="pushes")
    ref = models.CharField(max_length=255)
    before_id = models.CharField(max_length=64, blank=True)
    commit_id = models.CharField(max_length=64)
    forced = models.BooleanField(default=False)
    sender_login = models.CharField(max_length=100, blank=True)
    received_at = models.DateTimeField(help_text="By this server's clock; a commit's own date is its author's word.")
    state = models.CharField(max_length=16, choices=PushState.choices, default=PushState.RECEIVED)
    reason = models.TextField(blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()

    objects = PushQuerySet.as_manager()

    class Meta:
        ordering = ["-received_at", "-id"]
        verbose_name_plural = "pushes"
        constraints = [
            models.UniqueConstraint(fields=["delivery_id"], name="one_push_per_delivery"),
            models.CheckConstraint(
                condition=Q(state__in=(PushState.RECEIVED, PushState.ATTEMPTED)) | ~Q(reason=""),
                name="a_push_that_is_not_graded_says_why",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "next_try_at"], name="pushes_waiting"),
            models.Index(fields=["-received_at", "-id"], name="pushes_newest_first"),
        ]

    def __str__(self) -> str:
        return f"{self.commit_id[:7]} to {self.ref}"
