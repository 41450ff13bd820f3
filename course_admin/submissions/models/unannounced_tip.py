"""UnannouncedTip: a commit that a host told of before any push did."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from course_admin.submissions.models.push import Repository

PATIENCE = timedelta(minutes=1)  # GitHub announces a push within seconds


class UnannouncedTipQuerySet(models.QuerySet["UnannouncedTip"]):
    """Questions about unannounced_tips."""

    def overdue(self, at: datetime) -> "UnannouncedTipQuerySet":
        """Those whose announcement should have come by now, oldest first."""
        return self.filter(seen_at__lte=at - PATIENCE).order_by("pk")


class UnannouncedTip(models.Model):
    """One commit that a branch held when its host was asked; gone as soon as it is a push, announced or not."""

    repository = models.ForeignKey(Repository, on_delete=models.CASCADE, related_name="unannounced_tips")
    ref = models.CharField(max_length=255)
    commit_id = models.CharField(max_length=64)
    seen_at = models.DateTimeField(help_text=_("When the host was asked that told of it first."))
    received_at = models.DateTimeField(help_text=_("From when it counts, should no announcement come."))

    objects = UnannouncedTipQuerySet.as_manager()

    class Meta:
        ordering = ["seen_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["repository", "ref", "commit_id"], name="one_unannounced_tip_per_commit"),
            models.CheckConstraint(condition=Q(seen_at__gte=F("received_at")), name="a_commit_is_seen_after_it_came"),
        ]
        indexes = [models.Index(fields=["seen_at"], name="unannounced_tips_oldest_first")]

    def __str__(self) -> str:
        return f"{self.commit_id[:7]} at {self.ref}"
