"""CanvasCourse, CanvasAssignment, CanvasStudent: who and what here is who and what in Canvas, by Canvas's own numbers."""

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q

from course_admin.assignments.models import Assignment
from course_admin.courses.models import Enrollment
from course_admin.integrations.outbox.models import Link
from course_admin.integrations.safe_http import ORIGIN
from course_admin.tracked import Tracked


class CanvasCourse(Link):
    """The Canvas course that a course's grades go to."""

    address = models.CharField(
        max_length=300,
        validators=[
            RegexValidator(rf"^{ORIGIN.pattern}\Z", "Write https:// and the host, in lower case, without a path.")
        ],
        help_text="Such as https://canvas.example.edu; ASSAY_CANVAS_TOKENS must hold a token for this host.",
    )
    canvas_id = models.BigIntegerField(
        "Canvas's number", validators=[MinValueValidator(1)], help_text="In the address of the course: /courses/NUMBER."
    )

    class Meta:
        ordering = ["course"]
        verbose_name = "Canvas course"
        constraints = [
            models.CheckConstraint(condition=Q(canvas_id__gte=1), name="a_canvas_course_has_a_positive_number"),
        ]

    def __str__(self) -> str:
        return f"{self.course} in Canvas"


class CanvasAssignment(Tracked):
    """The assignment in Canvas that shows an assignment's grades; without one its grades are not sent."""

    link = models.ForeignKey(CanvasCourse, on_delete=models.CASCADE, related_name="assignments", verbose_name="course")
    assignment = models.OneToOneField(Assignment, on_delete=models.CASCADE, related_name="in_canvas")
    canvas_id = models.BigIntegerField(
        "Canvas's number", validators=[MinValueValidator(1)], help_text="In its address: /assignments/NUMBER."
    )

    class Meta:
        ordering = ["link", "assignment"]
        verbose_name = "Canvas assignment"
        constraints = [
            models.UniqueConstraint(fields=["link", "canvas_id"], name="one_assignment_per_canvas_assignment"),
            models.CheckConstraint(condition=Q(canvas_id__gte=1), name="a_canvas_assignment_has_a_positive_number"),
        ]

    def __str__(self) -> str:
        return f"{self.assignment} in Canvas"

    def clean(self) -> None:
        """Refuse an assignment of another course."""
        if self.link_id and self.assignment_id and self.link.course_id != self.assignment.course_id:
            raise ValidationError({"assignment": f"{self.assignment} is not an assignment of {self.link.course}."})


class CanvasStudent(Tracked):
    """Who a student is in Canvas: found once, then remembered; staff may say it where nobody was found."""

    link = models.ForeignKey(CanvasCourse, on_delete=models.CASCADE, related_name="students", verbose_name="course")
    student = models.ForeignKey(Enrollment, on_delete=models.CASCADE, related_name="in_canvas")
    canvas_id = models.BigIntegerField(
        "Canvas's number", validators=[MinValueValidator(1)], help_text="In the address of their page: /users/NUMBER."
    )

    class Meta:
        ordering = ["link", "student"]
        verbose_name = "Canvas student"
        constraints = [
            models.UniqueConstraint(fields=["link", "student"], name="one_canvas_student_per_student"),
            models.UniqueConstraint(fields=["link", "canvas_id"], name="one_student_per_canvas_student"),
            models.CheckConstraint(condition=Q(canvas_id__gte=1), name="a_canvas_student_has_a_positive_number"),
        ]

    def __str__(self) -> str:
        return f"{self.student} in Canvas"

    def clean(self) -> None:
        """Refuse a student of another course."""
        if self.link_id and self.student_id and self.link.course_id != self.student.course_id:
            raise ValidationError({"student": f"{self.student} is not on the roster of {self.link.course}."})
