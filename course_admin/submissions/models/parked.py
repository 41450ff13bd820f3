"""ParkedPush: an announcement of a repository of which nothing says yet whose it is."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from course_admin.courses.models import Course

KEPT_FOR = timedelta(days=30)


class ParkedPushQuerySet(models.QuerySet["ParkedPush"]):
    """Questions about parked pushes."""

    def outdated(self, at: datetime) -> "ParkedPushQuerySet":
        """Those that nobody claimed for so long that nobody will."""
        return self.filter(received_at__lt=at - KEPT_FOR)


class ParkedPush(models.Model):
    """One announcement, checked already; it becomes a push that counts from when it arrived."""

    course = models.ForeignKey(
        Course,
        on_delete=models.CASCADE,
        related_name="parked_pushes",
        null=True,
        blank=True,
        help_text=_("Whose staff are shown it; empty: nothing says which."),
    )
    delivery_id = models.CharField(max_length=64)
    full_name = models.CharField(max_length=200, help_text=_("Owner and name of the repository."))
    login = models.CharField(
        max_length=100,
        blank=True,
        help_text=_("What stands in the name where the pattern has {login}; empty: none fits."),
    )
    why = models.TextField(help_text=_("Why nobody knows whose it is."))
    announcement = models.JSONField()
    received_at = models.DateTimeField()

    objects = ParkedPushQuerySet.as_manager()

    class Meta:
        ordering = ["received_at", "id"]
        verbose_name_plural = _("parked pushes")
        constraints = [
            models.UniqueConstraint(fields=["delivery_id"], name="one_parked_push_per_delivery"),
            models.CheckConstraint(condition=~Q(why=""), name="a_parked_push_says_why"),
        ]
        indexes = [models.Index(fields=["course", "login"], name="parked_pushes_by_login")]

    def __str__(self) -> str:
        return self.full_name
