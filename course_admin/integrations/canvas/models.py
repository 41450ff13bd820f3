"""CanvasCourse, CanvasAssignment, CanvasStudent: who and what here is who and what in Canvas, by Canvas's own numbers.

CourseToken is the token that who leads a course gave for it, or that a DeveloperKey of theirs was granted; Revocation one that
goes back to Canvas. AssignmentReading is what Canvas last said of its assignments.
"""

from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from course_admin.identity.models import User
from course_admin.integrations.outbox.enquiry.model import Enquiry
from course_admin.integrations.outbox.models import ExternalAssignment, ExternalStudent, Link
from course_admin.integrations.safe_http import ORIGIN
from course_admin.tracked import Tracked


class CanvasCourse(Link):
    """The Canvas course that a course's grades go to."""

    address = models.CharField(
        max_length=300,
        validators=[
            RegexValidator(rf"^{ORIGIN.pattern}\Z", _("Write https:// and the host, in lower case, without a path."))
        ],
        help_text=_(
            "Such as https://canvas.example.edu; ASSAY_CANVAS_TOKENS holds a token for it, or the course its own."
        ),
    )
    canvas_id = models.BigIntegerField(
        _("Canvas's number"),
        validators=[MinValueValidator(1)],
        help_text=_("In the address of the course: /courses/NUMBER."),
    )
    is_linked_by_leader = models.BooleanField(
        _("linked by who leads it"),
        default=False,
        help_text=_(
            "Then the token of ASSAY_CANVAS_TOKENS, which may write to other people's courses too, is not used for it: "
            "it needs one of its own. Untick it once you have looked where it leads."
        ),
    )

    class Meta:
        ordering = ["course"]
        verbose_name = _("Canvas course")
        constraints = [
            models.CheckConstraint(condition=Q(canvas_id__gte=1), name="a_canvas_course_has_a_positive_number"),
        ]

    def __str__(self) -> str:
        return f"{self.course} in Canvas"


class CanvasAssignment(ExternalAssignment):
    """The assignment in Canvas that shows an assignment's grades; without one its grades are not sent."""

    link = models.ForeignKey(CanvasCourse, on_delete=models.CASCADE, related_name="assignments", verbose_name="course")
    canvas_id = models.BigIntegerField(
        _("Canvas's number"), validators=[MinValueValidator(1)], help_text=_("In its address: /assignments/NUMBER.")
    )

    class Meta:
        ordering = ["link", "assignment"]
        verbose_name = _("Canvas assignment")
        constraints = [
            models.UniqueConstraint(fields=["link", "canvas_id"], name="one_assignment_per_canvas_assignment"),
            models.CheckConstraint(condition=Q(canvas_id__gte=1), name="a_canvas_assignment_has_a_positive_number"),
        ]

    def __str__(self) -> str:
        return f"{self.assignment} in Canvas"


class CanvasStudent(ExternalStudent):
    """Who a student is in Canvas: found once, then remembered; staff may say it where nobody was found."""

    link = models.ForeignKey(CanvasCourse, on_delete=models.CASCADE, related_name="students", verbose_name="course")
    canvas_id = models.BigIntegerField(
        _("Canvas's number"),
        validators=[MinValueValidator(1)],
        help_text=_("In the address of their page: /users/NUMBER."),
    )

    class Meta:
        ordering = ["link", "student"]
        verbose_name = _("Canvas student")
        constraints = [
            models.UniqueConstraint(fields=["link", "student"], name="one_canvas_student_per_student"),
            models.UniqueConstraint(fields=["link", "canvas_id"], name="one_student_per_canvas_student"),
            models.CheckConstraint(condition=Q(canvas_id__gte=1), name="a_canvas_student_has_a_positive_number"),
        ]

    def __str__(self) -> str:
        return f"{self.student} in Canvas"


class CourseToken(Tracked):
    """The Canvas token that who leads a course gave for it. It goes to the host for which it was given, and nowhere else."""

    link = models.OneToOneField(CanvasCourse, on_delete=models.CASCADE, related_name="own_token", verbose_name="course")
    address = models.CharField(max_length=300, help_text=_("The Canvas that it is for."))
    sealed = models.TextField(help_text=_("The token, encrypted."))
    sealed_refresh = models.TextField(
        blank=True, help_text=_("What renews it, encrypted. Empty: somebody made it by hand, and it lasts.")
    )
    expires_at = models.DateTimeField(null=True, blank=True, help_text=_("Then it is over, and renewed."))
    entered_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    entered_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    problem = models.TextField(
        blank=True, help_text=_("Why Canvas refused it when it was last asked. Empty: it did not.")
    )

    class Meta:
        ordering = ["link"]
        verbose_name = _("Canvas token")
        constraints = [
            models.CheckConstraint(condition=~Q(sealed=""), name="a_canvas_token_is_kept"),
            models.CheckConstraint(
                condition=Q(sealed_refresh="", expires_at__isnull=True)
                | ~Q(sealed_refresh="") & Q(expires_at__isnull=False),
                name="exactly_a_granted_canvas_token_ends",
            ),
        ]

    def __str__(self) -> str:
        return f"the Canvas token of {self.link.course}"


class DeveloperKey(Tracked):
    """The Canvas developer key that who leads a course entered for it: with it Canvas grants, and renews, the course's token."""

    link = models.OneToOneField(
        CanvasCourse, on_delete=models.CASCADE, related_name="developer_key", verbose_name="course"
    )
    address = models.CharField(max_length=300, help_text=_("The Canvas that it is of."))
    client_id = models.CharField("ID", max_length=200)
    sealed = models.TextField(help_text=_("The key itself, encrypted."))
    entered_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    entered_at = models.DateTimeField()
    sealed_code = models.TextField(
        blank=True,
        help_text=_("What Canvas sent somebody back with, encrypted, until Canvas was asked for a token with it."),
    )
    redirect_uri = models.CharField(max_length=500, blank=True, help_text=_("Where it sent them."))
    connected_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, related_name="+", help_text=_("For whom Canvas grants access.")
    )
    problem = models.TextField(blank=True, help_text=_("Why Canvas granted nothing when it was last asked."))

    class Meta:
        ordering = ["link"]
        verbose_name = _("Canvas developer key")
        constraints = [
            models.CheckConstraint(condition=~Q(client_id="") & ~Q(sealed=""), name="a_developer_key_is_whole"),
        ]

    def __str__(self) -> str:
        return f"the Canvas developer key of {self.link.course}"


class Revocation(models.Model):
    """A granted token that nobody here needs any more, until Canvas has taken it back."""

    address = models.CharField(max_length=300)
    sealed = models.TextField(help_text=_("The token and what renews it, encrypted."))
    asked_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"a token that goes back to {self.address}"


class AssignmentReading(Enquiry):
    """What Canvas said of a course's assignments when who leads it last asked."""

    link = models.OneToOneField(CanvasCourse, on_delete=models.CASCADE, related_name="reading", verbose_name="course")
    rows = models.JSONField(default=dict, help_text=_("Canvas's number of an assignment: its name and its due time."))

    def __str__(self) -> str:
        return f"what Canvas says of the assignments of {self.link.course}"
