"""CheckReport: what GitHub shows of an attempt."""

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from course_admin.assignments.models import Assignment
from course_admin.submissions.models import Attempt, Run, RunState


class CheckReportQuerySet(models.QuerySet["CheckReport"]):
    """Questions about what GitHub shows."""

    def due(self, at: datetime) -> "CheckReportQuerySet":
        """Those that show something else than what is so by now, the longest waiting first."""
        is_queued = Q(shown=RunState.QUEUED, run__state=RunState.DISPATCHED)
        outdated = Q(run__isnull=True, shown="") | Q(run__isnull=False) & ~Q(shown=F("run__state")) & ~is_queued
        return self.filter(outdated, is_open=True, next_try_at__lte=at).order_by("next_try_at", "pk")

    def to_look_at_again(self, at: datetime) -> "CheckReportQuerySet":
        """Those completed with something hidden, which may be shown by now."""
        completed = self.filter(is_open=False, words="", shown=RunState.GRADED, remote_id__isnull=False)
        return completed.filter(withheld__gt=0, next_try_at__lte=at).order_by("next_try_at", "pk")

    def of(self, assignment: Assignment) -> "CheckReportQuerySet":
        """Those of one assignment's attempts."""
        return self.filter(attempt__assignment=assignment)

    def refused(self) -> "CheckReportQuerySet":
        """Those that GitHub does not show, and will not by itself."""
        return self.filter(is_open=False).exclude(words="").select_related("attempt__push__repository")

    def with_everything(self) -> "CheckReportQuerySet":
        """With all that is said of them."""
        named = ("run__suite", "attempt__assignment__course", "attempt__push__repository__student", "attempt__upload")
        return self.select_related(*named)


class CheckReport(models.Model):
    """What GitHub shows of one run, or of an attempt that has none: the ledger of requests, which survives a kill.

    `intent` is written before a request and taken back once its answer is known: what is left of one was perhaps done.
    """

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="check_reports")
    run = models.OneToOneField(Run, on_delete=models.CASCADE, null=True, blank=True, related_name="check_report")
    remote_id = models.BigIntegerField(null=True, blank=True, help_text=_("GitHub's number of the check run."))
    round = models.PositiveSmallIntegerField(
        default=1, help_text=_("A completed check run that changes becomes another.")
    )
    shown = models.CharField(max_length=16, blank=True, help_text=_("What is shown: the run's state of then."))
    intent = models.CharField(
        max_length=16, blank=True, help_text=_("What a request was to show that has no answer yet.")
    )
    is_open = models.BooleanField(default=True, help_text=_("Whether it can change, and is to be shown."))
    next_try_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0, help_text=_("In a row, without success."))
    words = models.TextField(blank=True, help_text=_("For staff: why it is not shown."))
    withheld = models.PositiveSmallIntegerField(
        default=0, help_text=_("How many checks were hidden from its student when it was completed.")
    )

    objects = CheckReportQuerySet.as_manager()

    class Meta:
        ordering = ["next_try_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["attempt"], condition=Q(run__isnull=True), name="one_check_report_of_an_attempt_without_a_run"
            )
        ]
        indexes = [models.Index(fields=["is_open", "next_try_at"], name="check_reports_due")]

    def __str__(self) -> str:
        return f"what GitHub shows of {self.attempt_id}"

    @property
    def external_id(self) -> str:
        """Ours of the check run: by it a request without an answer is found again."""
        return f"{self.run.public_id if self.run else self.attempt.public_id}.{self.round}"
