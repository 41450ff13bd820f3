"""RegradeRequest: a student asks that an attempt, or one of its checks, be looked at again; staff decide, with a reason.

What both sides say meanwhile is comments on the same check (course_admin/review): a thread is both, in the order of their times.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from course_admin.assignments.models import Assignment
from course_admin.courses.models import Enrollment
from course_admin.submissions.models import Attempt
from course_admin.tracked import Tracked

REASON_CHARACTERS = 4_000


class RequestState(models.TextChoices):
    """Where a request stands."""

    OPEN = "open", _("waits for an answer")
    REGRADED = "regraded", _("accepted: graded again")
    BY_HAND = "by_hand", _("accepted: grade set by hand")
    DECLINED = "declined", _("declined")
    WITHDRAWN = "withdrawn", _("taken back")


#: What staff can decide.
DECISIONS = (RequestState.REGRADED, RequestState.BY_HAND, RequestState.DECLINED)


class RegradeRequestQuerySet(models.QuerySet["RegradeRequest"]):
    """Questions about requests."""

    def open(self) -> "RegradeRequestQuerySet":
        """Those that wait for an answer."""
        return self.filter(state=RequestState.OPEN)

    def with_names(self) -> "RegradeRequestQuerySet":
        """With what a list shows."""
        return self.select_related("attempt__assignment__course", "student", "decided_by")


class RegradeRequest(Tracked):
    """One request. It names its check as the suite does, so that it stays with the check when a regrade makes new lines."""

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="regrade_requests")
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="+")
    student = models.ForeignKey(Enrollment, on_delete=models.PROTECT, related_name="regrade_requests")
    test_id = models.CharField(max_length=500, blank=True, help_text=_("Empty: about the attempt as a whole."))
    check_name = models.CharField(max_length=500, blank=True)
    reason = models.TextField(max_length=REASON_CHARACTERS)
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=16, choices=RequestState.choices, default=RequestState.OPEN)
    decided_at = models.DateTimeField(null=True, blank=True, help_text=_("Or taken back."))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    answer = models.TextField(
        max_length=REASON_CHARACTERS, blank=True, help_text=_("The reason; its student reads it.")
    )

    objects = RegradeRequestQuerySet.as_manager()

    class Meta:
        ordering = ["asked_at", "id"]
        verbose_name = _("request for a regrade")
        verbose_name_plural = _("requests for regrades")
        constraints = [
            models.UniqueConstraint(
                fields=["student", "assignment", "test_id"],
                condition=Q(state="open"),
                name="one_open_request_per_check_and_student",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="a_request_has_a_reason"),
            models.CheckConstraint(
                condition=Q(test_id="", check_name="") | ~Q(test_id="") & ~Q(check_name=""),
                name="a_request_about_a_check_names_it",
            ),
            models.CheckConstraint(
                condition=Q(state="open", decided_at__isnull=True, decided_by__isnull=True, answer="")
                | Q(state="withdrawn", decided_at__isnull=False, decided_by__isnull=True, answer="")
                | Q(state__in=("regraded", "by_hand", "declined"), decided_at__isnull=False, decided_by__isnull=False)
                & ~Q(answer=""),
                name="a_decided_request_says_by_whom_and_why",
            ),
        ]
        indexes = [models.Index(fields=["decided_at"], name="requests_by_decision")]

    def __str__(self) -> str:
        return f"{self.check_name or 'the whole attempt'}, {self.attempt}"

    @property
    def is_open(self) -> bool:
        """Whether it waits for an answer."""
        return self.state == RequestState.OPEN
