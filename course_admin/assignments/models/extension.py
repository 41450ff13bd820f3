"""SectionDueTime and Extension: due times that differ from their assignment's own."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from course_admin.assignments.models.assignment import Assignment, validate_moment
from course_admin.courses.models import Enrollment, Group, Section
from course_admin.tracked import Tracked


class SectionDueTime(Tracked):
    """When an assignment is due for one section; it stands in place of the assignment's own times."""

    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="section_due_times")
    section = models.ForeignKey(Section, on_delete=models.PROTECT, related_name="due_times")
    due_at = models.DateTimeField(validators=[validate_moment])
    closes_at = models.DateTimeField(
        null=True, blank=True, validators=[validate_moment], help_text=_("Empty: as the assignment says.")
    )

    class Meta:
        ordering = ["assignment", "section"]
        constraints = [
            models.UniqueConstraint(fields=["assignment", "section"], name="one_due_time_per_assignment_and_section"),
            models.CheckConstraint(
                condition=Q(closes_at__isnull=True) | Q(closes_at__gte=F("due_at")),
                name="a_section_closes_no_earlier_than_its_due_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.assignment} for {self.section}"

    def clean(self) -> None:
        """Refuse a section of another course."""
        if self.assignment_id and self.section_id and self.assignment.course_id != self.section.course_id:
            raise ValidationError(
                {
                    "section": gettext("{section} is not a section of {course}.").format(
                        section=self.section, course=self.assignment.course
                    )
                }
            )


class Extension(Tracked):
    """Days added to the due time of one assignment, or a time in its place, for one student or for one group."""

    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="extensions")
    student = models.ForeignKey(Enrollment, on_delete=models.PROTECT, null=True, blank=True, related_name="extensions")
    group = models.ForeignKey(Group, on_delete=models.PROTECT, null=True, blank=True, related_name="extensions")
    days = models.PositiveSmallIntegerField(
        default=0, blank=True, help_text=_("0: until the time that is given instead.")
    )
    due_at = models.DateTimeField(
        null=True,
        blank=True,
        validators=[validate_moment],
        help_text=_("Until when they have time, in place of days; the hard close is no earlier, either."),
    )
    reason = models.TextField()
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    granted_at = models.DateTimeField()

    class Meta:
        ordering = ["assignment", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(student__isnull=False, group__isnull=True) | Q(student__isnull=True, group__isnull=False),
                name="an_extension_is_for_a_student_or_a_group",
            ),
            models.UniqueConstraint(fields=["assignment", "student"], name="one_extension_per_student"),
            models.UniqueConstraint(fields=["assignment", "group"], name="one_extension_per_group"),
            models.CheckConstraint(
                condition=Q(days__gte=1, due_at__isnull=True) | Q(days=0, due_at__isnull=False),
                name="an_extension_adds_days_or_ends_at_a_time",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="an_extension_has_a_reason"),
        ]

    def __str__(self) -> str:
        if self.due_at:
            return f"until {self.due_at.isoformat()} for {self.receiver} in {self.assignment}"
        words = ngettext(
            "{days} day for {receiver} in {assignment}", "{days} days for {receiver} in {assignment}", self.days
        )
        return words.format(days=self.days, receiver=self.receiver, assignment=self.assignment)

    @property
    def receiver(self) -> Enrollment | Group | None:
        """Who was given the days."""
        return self.student or self.group

    def clean(self) -> None:
        """Refuse neither or both receivers, and one of another course."""
        if (self.student_id is None) == (self.group_id is None):
            raise ValidationError(gettext("An extension is for one student or for one group: choose one of the two."))
        if not self.days and self.due_at is None:
            raise ValidationError(gettext("Give a number of days, or the time until which they have."))
        if self.days and self.due_at is not None:
            raise ValidationError(gettext("Give days or a time, and not both."))
        if self.receiver and self.assignment_id and self.receiver.course_id != self.assignment.course_id:
            raise ValidationError(
                gettext("{receiver} does not belong to {course}.").format(
                    receiver=self.receiver, course=self.assignment.course
                )
            )
