"""HandGrading: one attempt's answers for one person to grade; what is half finished, and what was given in the end.

Marks are by the key of their question: `{"12": {"items": [3], "adjustment": "-1", "comment": "..."}}`. Points are worked out
from them and the rubric each time they are asked for, so that a rubric that is mended holds for everybody at once.
"""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from course_admin.submissions.models import Attempt
from course_admin.tracked import Tracked


class Purpose(models.TextChoices):
    """What a grading is for."""

    COUNTS = "counts", _("counts")  # once an attempt
    CALIBRATION = (
        "calibration",
        _("calibration"),
    )  # by two people each, to see whether they agree; never part of a grade


class HandGradingQuerySet(models.QuerySet["HandGrading"]):
    """Questions about gradings by hand."""

    def counting(self) -> "HandGradingQuerySet":
        """Those that become part of grades."""
        return self.filter(purpose=Purpose.COUNTS)

    def unfinished(self) -> "HandGradingQuerySet":
        """Those that wait for somebody."""
        return self.filter(finished_at__isnull=True)

    def finished(self) -> "HandGradingQuerySet":
        """Those with marks."""
        return self.filter(finished_at__isnull=False)


class HandGrading(Tracked):
    """One attempt to be graded by hand. A finished one can be taken up again: its marks count until they are replaced."""

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="hand_gradings")
    purpose = models.CharField(max_length=16, choices=Purpose.choices, default=Purpose.COUNTS)
    grader = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Whose it is to grade, then who graded it; empty: whoever comes first."),
    )
    dealt_at = models.DateTimeField()
    draft = models.JSONField(default=dict, blank=True, help_text=_("Half-finished marks, which count nowhere."))
    marks = models.JSONField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = HandGradingQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["attempt"], condition=Q(purpose=Purpose.COUNTS), name="an_attempt_is_graded_by_hand_once"
            ),
            models.UniqueConstraint(
                fields=["attempt", "grader"],
                condition=Q(purpose=Purpose.CALIBRATION),
                name="somebody_calibrates_on_an_attempt_once",
            ),
            models.CheckConstraint(condition=Q(purpose__in=Purpose.values), name="a_grading_has_a_known_purpose"),
            models.CheckConstraint(
                condition=Q(marks__isnull=True, finished_at__isnull=True)
                | Q(marks__isnull=False, finished_at__isnull=False, grader__isnull=False),
                name="a_finished_grading_has_marks_and_a_grader",
            ),
            models.CheckConstraint(
                condition=Q(purpose=Purpose.COUNTS) | Q(grader__isnull=False), name="a_calibration_has_a_grader"
            ),
        ]

    def __str__(self) -> str:
        return f"grading by hand of {self.attempt}"

    @property
    def shown_marks(self) -> dict[str, Any]:
        """What its page begins with: what is half finished, else what was given."""
        return self.draft or self.marks or {}
