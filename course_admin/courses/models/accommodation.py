"""Accommodation: extra days that a student has for every later assignment, by themselves.

Its reason is private: it is shown only to those with the permission `view_accommodation_reason`, and never leaves in a
sentence, an export or the audit log.
"""

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from course_admin.courses.models.roster import Enrollment
from course_admin.tracked import Tracked

REASON_PERMISSION = "view_accommodation_reason"


class Accommodation(Tracked):
    """Days added to every due time of one student from a moment on."""

    student = models.ForeignKey(Enrollment, on_delete=models.PROTECT, related_name="accommodations")
    extra_days = models.PositiveSmallIntegerField(validators=[MinValueValidator(1)])
    starts_at = models.DateTimeField(help_text=_("It applies to assignments that are due from then on."))
    reason = models.TextField(help_text=_("Shown only to those who may read the reasons of accommodations."))
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    granted_at = models.DateTimeField()

    class Meta:
        ordering = ["student", "starts_at"]
        permissions = [(REASON_PERMISSION, "Can read the reasons of accommodations")]
        constraints = [
            models.UniqueConstraint(fields=["student"], name="one_accommodation_per_student"),
            models.CheckConstraint(condition=Q(extra_days__gte=1), name="an_accommodation_adds_days"),
            models.CheckConstraint(condition=~Q(reason=""), name="an_accommodation_has_a_reason"),
        ]

    def __str__(self) -> str:
        words = ngettext("{days} day for {student}", "{days} days for {student}", self.extra_days)
        return words.format(days=self.extra_days, student=self.student)
