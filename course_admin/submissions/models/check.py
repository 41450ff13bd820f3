"""Check: one line of a run's result."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from course_admin.submissions.models.run import Run
from grader.result import VISIBILITIES
from grader.verdict import Verdict

VERDICT_LABELS = {
    Verdict.PASSED: _("passed"),
    Verdict.FAILED: _("failed"),
    Verdict.CRASHED: _("crashed"),
    Verdict.TIMED_OUT: _("timed out"),
    Verdict.OUT_OF_MEMORY: _("out of memory"),
    Verdict.OUTPUT_EXCEEDED: _("output exceeded"),
    Verdict.OVER_BUDGET: _("over budget"),
    Verdict.SKIPPED: _("skipped"),
}


class Check(models.Model):
    """One line of a run's result: the judge's words, cleaned, with a verdict and points."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="checks")
    position = models.PositiveIntegerField()
    test_id = models.CharField(max_length=500)
    name = models.CharField(max_length=500)
    verdict = models.CharField(max_length=16, choices=[(str(verdict), VERDICT_LABELS[verdict]) for verdict in Verdict])
    points = models.DecimalField(max_digits=11, decimal_places=4)
    max_points = models.DecimalField(max_digits=11, decimal_places=4)
    message = models.TextField(blank=True)
    output = models.TextField(blank=True)
    duration_seconds = models.FloatField(default=0)
    number = models.CharField(max_length=40, blank=True)
    visibility = models.CharField(max_length=16, default="visible")
    tags = models.JSONField(default=list, blank=True)
    budget = models.JSONField(null=True, blank=True)

    class Meta:
        ordering = ["run", "position"]
        constraints = [
            models.UniqueConstraint(fields=["run", "position"], name="one_check_per_position_of_a_run"),
            models.CheckConstraint(
                condition=Q(points__gte=0, points__lte=F("max_points")),
                name="points_lie_between_zero_and_their_maximum",
            ),
            models.CheckConstraint(
                condition=Q(verdict__in=[str(verdict) for verdict in Verdict]), name="a_check_has_a_known_verdict"
            ),
            models.CheckConstraint(condition=Q(visibility__in=VISIBILITIES), name="a_check_has_a_known_visibility"),
        ]

    def __str__(self) -> str:
        return self.name
