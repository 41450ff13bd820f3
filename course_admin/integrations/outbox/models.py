"""Link and GradeDelivery: the LMS that a course's grades go to, and each grade on its way there.

ExternalAssignment and ExternalStudent are what the tables have in common in which each LMS says who and what is which there.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from course_admin.assignments.models import Assignment
from course_admin.courses.models import Course, Enrollment
from course_admin.integrations.outbox.enquiry.model import Enquiry
from course_admin.integrations.outbox.lms import NotPoints, Shown
from course_admin.tracked import Tracked
from grader.points import points_text

#: What rounds note on a link by themselves; the rest is what somebody decided.
NOTED = ("claim", "claimed_until", "away_since", "next_try_at", "words", "synced_at", "compared_at", "uncompared")


class LinkQuerySet(models.QuerySet):
    """Questions about links."""

    def due(self, at: datetime) -> "LinkQuerySet":
        """Those that are neither paused nor waiting for an LMS that was away."""
        return self.filter(Q(next_try_at__isnull=True) | Q(next_try_at__lte=at), is_paused=False)

    def away_since(self, at: datetime) -> "LinkQuerySet":
        """Those whose LMS has taken nothing since `at` or longer."""
        return self.filter(is_paused=False, away_since__lte=at)


class Link(Tracked):
    """The LMS that the grades of one course go to. Each kind of LMS adds its own address, in a table of its own."""

    course = models.OneToOneField(Course, on_delete=models.PROTECT, related_name="lms")
    is_paused = models.BooleanField(
        default=False, help_text=_("Nothing is sent. The service pauses by itself when its token is refused.")
    )
    paused_reason = models.TextField(blank=True, help_text=_("Needed while it is paused; staff see it."))
    away_since = models.DateTimeField(null=True, blank=True, help_text=_("Empty: it answered when it was last asked."))
    next_try_at = models.DateTimeField(null=True, blank=True, help_text=_("Empty: at the next round."))
    words = models.TextField(_("its own words"), blank=True, help_text=_("What it answered last, while it is away."))
    synced_at = models.DateTimeField(null=True, blank=True, help_text=_("When a round last came to its end."))
    compared_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When its grades were last compared with what it shows.")
    )
    uncompared = models.TextField(
        _("not compared"),
        blank=True,
        help_text=_("Which grades it refused to show then, and why; it is asked again each hour."),
    )
    claim = models.CharField(max_length=64, blank=True, help_text=_("Of the worker that is sending, if one is."))
    claimed_until = models.DateTimeField(null=True, blank=True)

    objects = LinkQuerySet.as_manager()

    class Meta:
        ordering = ["course"]
        constraints = [
            models.CheckConstraint(condition=Q(is_paused=False) | ~Q(paused_reason=""), name="a_paused_link_says_why"),
            models.CheckConstraint(
                condition=Q(claim="", claimed_until__isnull=True) | ~Q(claim="") & Q(claimed_until__isnull=False),
                name="a_claim_of_a_link_ends",
            ),
        ]

    def __str__(self) -> str:
        return f"the LMS of {self.course}"

    def clean(self) -> None:
        """Ask why it is paused."""
        if self.is_paused and not self.paused_reason:
            raise ValidationError(
                {"paused_reason": gettext("Say why nothing is to be sent: staff of the course see it.")}
            )


class DeliveryState(models.TextChoices):
    """Where a grade is on its way."""

    WAITING = "waiting", _("waiting")  # to be sent
    SENT = "sent", _("sent")  # taken by the LMS, which has not shown it yet
    CONFIRMED = "confirmed", _("confirmed")  # the LMS shows it
    FAILED = "failed", _("failed")  # the LMS refused it, or shows another; staff decide
    PARKED = "parked", _("parked")  # the LMS knows no such student, or several; never guessed


class GradeDeliveryQuerySet(models.QuerySet["GradeDelivery"]):
    """Questions about deliveries."""

    def to_send(self, at: datetime) -> "GradeDeliveryQuerySet":
        """Those to be sent now, and parked ones whose student is worth another look."""
        states = (DeliveryState.WAITING, DeliveryState.PARKED)
        return self.filter(Q(next_try_at__isnull=True) | Q(next_try_at__lte=at), state__in=states)

    def unsettled(self) -> "GradeDeliveryQuerySet":
        """Those of which the LMS has not said what became of them."""
        return self.filter(state=DeliveryState.SENT)


class GradeDelivery(models.Model):
    """The grade of one student for one assignment, on its way to the course's LMS.

    `points` is what the LMS should show, `sent_points` what it was last given, or is about to be, or last showed as it
    should; so that of whatever else it shows one can say that somebody else made it.
    """

    link = models.ForeignKey(Link, on_delete=models.PROTECT, related_name="deliveries")
    student = models.ForeignKey(Enrollment, on_delete=models.PROTECT, related_name="deliveries")
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="deliveries")
    points = models.DecimalField(max_digits=9, decimal_places=2)
    comment = models.TextField(blank=True, help_text=_("Why, in a sentence; its student reads it."))
    version = models.PositiveIntegerField(default=1, help_text=_("Counts how often the grade has changed."))
    state = models.CharField(max_length=16, choices=DeliveryState.choices, default=DeliveryState.WAITING)
    sent_points = models.DecimalField(max_digits=9, decimal_places=2, null=True, blank=True)
    shown_points = models.DecimalField(
        max_digits=9,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("What the LMS was last seen to show instead."),
    )
    may_overwrite = models.BooleanField(
        default=False,
        help_text=_("The grade may take the place of these shown points, once: staff saw them, or we made them."),
    )
    was_shown = models.BooleanField(
        default=False,
        help_text=_("The LMS has shown a grade of ours: if it shows none, somebody took it away."),
    )
    sent_at = models.DateTimeField(null=True, blank=True)
    job = models.CharField(max_length=64, blank=True, help_text=_("The LMS's own name of the work that will store it."))
    tries = models.PositiveIntegerField(default=0, help_text=_("How often it was sent in vain."))
    next_try_at = models.DateTimeField(null=True, blank=True, help_text=_("Empty: at the next round."))
    words = models.TextField(_("its own words"), blank=True, help_text=_("What the LMS, or we, say about it."))

    objects = GradeDeliveryQuerySet.as_manager()

    class Meta:
        ordering = ["link", "assignment", "student"]
        verbose_name_plural = _("grade deliveries")
        constraints = [
            models.UniqueConstraint(
                fields=["link", "student", "assignment"], name="one_delivery_per_link_student_and_assignment"
            ),
            models.CheckConstraint(condition=Q(state__in=DeliveryState.values), name="a_delivery_has_a_known_state"),
            models.CheckConstraint(condition=Q(points__gte=0), name="a_delivery_has_no_negative_points"),
            models.CheckConstraint(
                condition=Q(state=DeliveryState.SENT, sent_points__isnull=False) & ~Q(job="")
                | ~Q(state=DeliveryState.SENT) & Q(job=""),
                name="exactly_a_sent_delivery_has_a_job",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=(DeliveryState.FAILED, DeliveryState.PARKED)) | ~Q(words=""),
                name="a_delivery_that_stopped_says_why",
            ),
            models.CheckConstraint(
                condition=Q(may_overwrite=False) | Q(shown_points__isnull=False),
                name="only_points_that_were_seen_are_overwritten",
            ),
            models.CheckConstraint(
                condition=Q(was_shown=False) | Q(sent_points__isnull=False), name="only_what_was_sent_was_shown"
            ),
        ]
        indexes = [models.Index(fields=["link", "state"], name="deliveries_by_state")]

    def __str__(self) -> str:
        return f"{points_text(self.points)} for {self.student} in {self.assignment}"

    @property
    def known_points(self) -> tuple[Decimal | None, ...]:
        """What the LMS may show without anybody having changed it: the grade, what it was sent, what was seen there."""
        return self.points, self.sent_points, self.shown_points

    def may_replace(self, shown: Shown) -> bool:
        """Say whether the grade may take the place of what the LMS shows: one of ours, or one that staff gave up.

        Or no grade, unless there was one of ours: then somebody took it away. An excuse is nobody's but theirs who made it.
        """
        if shown is None:
            return not self.was_shown
        if isinstance(shown, NotPoints):
            return False
        return shown in (self.points, self.sent_points) or (self.may_overwrite and shown == self.shown_points)


class Comparison(Enquiry):
    """What an LMS showed beside the grades here when who leads the course last asked."""

    link = models.OneToOneField(Link, on_delete=models.CASCADE, related_name="comparison")
    rows = models.JSONField(
        default=list,
        help_text=_("What differs: student, assignment, here, there, how it stands, and why, if that is said."),
    )
    counts = models.JSONField(default=dict, help_text=_("How many grades stand how, those that are not listed too."))

    def __str__(self) -> str:
        return f"here against there for {self.link.course}"


class ExternalId(Tracked):
    """Who or what something here is in an LMS. The table of each LMS adds `link`, to its own kind, and what it calls it there."""

    link: Any
    link_id: Any

    class Meta:
        abstract = True

    def deliveries(self) -> "QuerySet[GradeDelivery]":
        """Return the deliveries that go astray if this is wrong, over whichever link."""
        raise NotImplementedError


class ExternalAssignment(ExternalId):
    """The place in an LMS that shows an assignment's grades; without one they are not sent."""

    assignment = models.OneToOneField(Assignment, on_delete=models.CASCADE, related_name="in_%(app_label)s")

    class Meta:
        abstract = True

    def clean(self) -> None:
        """Refuse an assignment of another course."""
        if self.link_id and self.assignment_id and self.link.course_id != self.assignment.course_id:
            raise ValidationError(
                {
                    "assignment": gettext("{assignment} is not an assignment of {course}.").format(
                        assignment=self.assignment, course=self.link.course
                    )
                }
            )

    def deliveries(self) -> "QuerySet[GradeDelivery]":
        """Return those of the assignment."""
        return GradeDelivery.objects.filter(assignment=self.assignment_id)


class ExternalStudent(ExternalId):
    """Who a student is in an LMS: found once, then remembered; staff may say it where nobody was found."""

    student = models.ForeignKey(Enrollment, on_delete=models.CASCADE, related_name="in_%(app_label)s")
    found_by = models.CharField(
        max_length=64,
        blank=True,
        editable=False,
        help_text=_(
            "A digest of what the roster said of the student when they were found. Empty: staff said who it is."
        ),
    )

    class Meta:
        abstract = True

    def clean(self) -> None:
        """Refuse a student of another course."""
        if self.link_id and self.student_id and self.link.course_id != self.student.course_id:
            raise ValidationError(
                {
                    "student": gettext("{student} is not on the roster of {course}.").format(
                        student=self.student, course=self.link.course
                    )
                }
            )

    def deliveries(self) -> "QuerySet[GradeDelivery]":
        """Return those of the student."""
        return GradeDelivery.objects.filter(student=self.student_id)
