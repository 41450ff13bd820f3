"""RegradePreview: an assignment's attempts judged by another suite version, to be looked at before anybody gets anything of it.

open -> published   its runs count from then on, and the assignment has the suite
     -> discarded   its runs are kept, and never shown or counted
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from course_admin.assignments.models import Assignment, SuiteVersion


class PreviewState(models.TextChoices):
    """Where a preview stands."""

    OPEN = "open", _("open")
    PUBLISHED = "published", _("published")
    DISCARDED = "discarded", _("discarded")


class RegradePreview(models.Model):
    """Who tries a suite version on an assignment, since when and why, and what became of it. Its runs say how far it is."""

    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="regrade_previews")
    suite = models.ForeignKey(SuiteVersion, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=16, choices=PreviewState, default=PreviewState.OPEN)
    reason = models.TextField()
    begun_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    begun_at = models.DateTimeField()
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-begun_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["assignment"],
                condition=Q(state=PreviewState.OPEN),
                name="one_open_regrade_preview_of_an_assignment",
            ),
            models.CheckConstraint(
                condition=Q(state__in=PreviewState.values), name="a_regrade_preview_has_a_known_state"
            ),
            models.CheckConstraint(
                condition=Q(state=PreviewState.OPEN, ended_at__isnull=True, ended_by__isnull=True)
                | ~Q(state=PreviewState.OPEN) & Q(ended_at__isnull=False, ended_by__isnull=False),
                name="a_regrade_preview_says_who_ended_it",
            ),
        ]

    def __str__(self) -> str:
        return f"regrade preview of {self.assignment} with {self.suite}"
