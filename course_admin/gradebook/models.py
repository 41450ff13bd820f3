"""Override and Choice: the two things about a grade that are not computed; and what a regrade preview was worked out to do."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from course_admin.assignments.models import Assignment
from course_admin.courses.models import Enrollment
from course_admin.submissions.models import Attempt, RegradePreview
from course_admin.tracked import Tracked


class OverrideQuerySet(models.QuerySet["Override"]):
    """Questions about grades set by hand."""

    def above_the_maximum(self) -> "OverrideQuerySet":
        """Those of more points than their assignment is out of."""
        return self.filter(points__gt=F("assignment__points"))


class Override(Tracked):
    """The points of one student for one assignment, set by hand on top of whatever was computed."""

    student = models.ForeignKey(Enrollment, on_delete=models.PROTECT, related_name="overrides")
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="overrides")
    points = models.DecimalField(max_digits=9, decimal_places=4, validators=[MinValueValidator(0)])
    reason = models.TextField()
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    objects = OverrideQuerySet.as_manager()

    class Meta:
        ordering = ["assignment", "student"]
        constraints = [
            models.UniqueConstraint(fields=["student", "assignment"], name="one_override_per_student_and_assignment"),
            models.CheckConstraint(condition=Q(points__gte=0), name="an_override_is_never_negative"),
            models.CheckConstraint(condition=~Q(reason=""), name="an_override_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.student} in {self.assignment}"

    def clean(self) -> None:
        """Refuse a student of another course."""
        if self.student_id and self.assignment_id and self.student.course_id != self.assignment.course_id:
            raise ValidationError(
                {
                    "student": gettext("{student} is not on the roster of {course}.").format(
                        student=self.student, course=self.assignment.course
                    )
                }
            )


class Choice(Tracked):
    """The attempt that a student wants to count, in assignments where they choose."""

    student = models.ForeignKey(Enrollment, on_delete=models.PROTECT, related_name="choices")
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="choices")
    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="choices")
    chosen_at = models.DateTimeField()

    class Meta:
        ordering = ["assignment", "student"]
        constraints = [
            models.UniqueConstraint(fields=["student", "assignment"], name="one_choice_per_student_and_assignment")
        ]

    def __str__(self) -> str:
        return f"{self.attempt}"


class PreviewFigures(models.Model):
    """The figures of a finished regrade preview, for its page; publishing never goes by them, but works them out itself."""

    preview = models.OneToOneField(RegradePreview, on_delete=models.CASCADE, related_name="kept_figures")
    figures = models.JSONField()
    basis = models.CharField(max_length=200, help_text=_("What the course was like when they were worked out."))

    def __str__(self) -> str:
        return f"figures of {self.preview}"
