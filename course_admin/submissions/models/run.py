"""Run: one judging of one attempt under one suite version.

    queued -> dispatched -> running -> graded
     |  ^         |            |
     |  |         +-- lease over, or a fault of ours --> queued again, or needs_attention after the last try
     |  +-- needs_attention, when staff have it judged again
     +-- superseded (a newer hand-in took its place while it was still queued; back when that one is taken back),
         cancelled (its student or staff took it back)

`dispatched` and `running` hold a lease: a token that only the worker knows and a time when it is over. A result is
taken only from the holder of the current lease, so that it is recorded once, whoever else reports what and when.

A run of a regrade preview is a trial until the preview is published: `Run.objects`, and `attempt.runs` with it, have no trials,
so that nothing shows or counts one; `Run.every`, for the queue and the preview alone, has all.
"""

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, Value, When, Window
from django.db.models.functions import Coalesce, RowNumber
from django.utils.translation import gettext_lazy as _

from course_admin.assignments.models import SuiteVersion
from course_admin.courses.models import Enrollment
from course_admin.submissions.models.attempt import Attempt
from course_admin.submissions.models.regrade_preview import PreviewState, RegradePreview

HOUR = timedelta(hours=1)
NO_COURSE = 0  # whose places runs of previews take: a preview uses up nothing of its course's share
BEGIN = Coalesce("started_at", "not_before")  # when a run began; of one that nobody ever began, when it could have


def new_run_id() -> str:
    """Return a run's name in messages and logs."""
    return "run_" + secrets.token_hex(12)


class RunReason(models.TextChoices):
    """Why an attempt is judged."""

    PUSH = "push", _("handed in")  # its student's push or upload made it, within the limits
    ASKED_FOR = "asked_for", _("asked for")  # staff want this attempt judged again
    BULK = "bulk_regrade", _("bulk regrade")  # staff want an assignment judged again; behind what students push


PUSH = RunReason.PUSH


class RunWait(models.TextChoices):
    """What `not_before` waits for; of a run that may be sent out, for nothing."""

    NOTHING = "", _("nothing")
    RELEASE = "release", _("the assignment's release")
    COOL_DOWN = "cool_down", _("the assignment's cool-down")
    HOURLY_LIMIT = "hourly_limit", _("the student's hourly limit")
    PAUSE = "pause", _("a pause after a fault of ours")


class RunState(models.TextChoices):
    """Where a run stands."""

    QUEUED = "queued", _("queued")  # waits in the database for a free place among those sent out
    DISPATCHED = "dispatched", _("dispatched")  # its message is with the broker
    RUNNING = "running", _("running")  # a worker said that it began
    GRADED = "graded", _("graded")  # has checks and a score; final
    SUPERSEDED = "superseded", _("superseded")  # never judged, since something newer came; can be graded on demand
    CANCELLED = "cancelled", _("cancelled")  # taken back while it was queued; can be graded on demand; final
    NEEDS_ATTENTION = "needs_attention", _("needs attention")  # our fault, and out of tries; never a zero


#: What pages say of each, to its student and to staff.
STATE_WORDS = {
    RunState.QUEUED: _("waits to be graded"),
    RunState.DISPATCHED: _("next to be graded"),
    RunState.RUNNING: _("being graded"),
    RunState.GRADED: _("graded"),
    RunState.SUPERSEDED: _("not graded: replaced"),
    RunState.CANCELLED: _("not graded: cancelled"),
    RunState.NEEDS_ATTENTION: _("a fault of ours"),
}
IN_FLIGHT = (RunState.DISPATCHED, RunState.RUNNING)
FINAL = (RunState.GRADED, RunState.SUPERSEDED, RunState.CANCELLED, RunState.NEEDS_ATTENTION)


class RunQuerySet(models.QuerySet["Run"]):
    """Questions about runs."""

    def in_flight(self) -> "RunQuerySet":
        """Those that hold a lease."""
        return self.filter(state__in=IN_FLIGHT)

    def leased(self, public_id: str, token: str) -> "RunQuerySet":
        """The one run whose current lease has this token, or none: a run under way never has an empty one."""
        return self.in_flight().filter(public_id=public_id, lease_token=token)

    def waiting(self, at: datetime) -> "RunQuerySet":
        """Those that may be sent out now; of one course, in this order. A push waits until its assignment is released."""
        due = self.filter(state=RunState.QUEUED, not_before__lte=at)
        return due.exclude(reason=PUSH, attempt__assignment__releases_at__gt=at).order_by("rank_at", "id")

    def first_of_each_course(self, most: int) -> "models.QuerySet[Run, tuple[int, int, int, datetime, bool]]":
        """At most this many of each course, bulk regrades last, in one query.

        Of each: the run, its course, the course's weight, the run's rank and whether it is bulk.
        """
        course = "attempt__assignment__course"
        place = Window(RowNumber(), partition_by=[F(course)], order_by=["is_bulk", "rank_at", "id"])
        named = self.annotate(course_id=F(course), weight=F(f"{course}__queue_weight"), place=place)
        first = named.filter(place__lte=most).order_by("is_bulk", "rank_at", "id")
        return first.values_list("pk", "course_id", "weight", "rank_at", "is_bulk")

    def count_by_course(self) -> dict[int, int]:
        """How many of them each course has; courses that have none are left out, and trials are NO_COURSE's."""
        course = F("attempt__assignment__course")
        whose = Case(When(is_trial=True, then=Value(NO_COURSE)), default=course, output_field=models.BigIntegerField())
        return dict(self.order_by().values_list(whose).annotate(models.Count("pk")))

    def pushed_by(self, student: Enrollment) -> "RunQuerySet":
        """Those that a student's pushes made."""
        own = Q(attempt__memberships__student=student, attempt__memberships__is_submitter=True)
        return self.filter(own, reason=PUSH)

    def allowed_at(self, at: datetime, most: int) -> datetime:
        """When one more may be judged, so that no hour holds more than `most`; what was set aside does not count."""
        judged = self.exclude(state__in=(RunState.SUPERSEDED, RunState.CANCELLED))
        begun = judged.annotate(begin=begin_by(at)).filter(begin__gt=at - HOUR)
        times = begun.order_by("-begin").values_list("begin", flat=True)[:most]
        return times[most - 1] + HOUR if len(times) == most else at

    def ever_sent(self) -> "RunQuerySet":
        """Those that were sent out, even if they wait again after a fault of ours."""
        return self.exclude(state=RunState.QUEUED, tries=0, worker_faults=0)

    def hold_back(self, until: datetime, why: RunWait) -> int:
        """Have those that wait, and might be sent out earlier, wait until a moment; return how many."""
        return self.filter(state=RunState.QUEUED, not_before__lt=until).update(not_before=until, waits_for=why)

    def lost(self, at: datetime) -> "RunQuerySet":
        """Those whose lease is over."""
        return self.in_flight().filter(lease_expires_at__lt=at)

    def sent_before(self, at: datetime) -> "RunQuerySet":
        """Those that were sent out before, and that nobody has begun."""
        lease = timedelta(seconds=settings.ASSAY_QUEUE_TTL_SECONDS + settings.ASSAY_LEASE_SECONDS)
        return self.filter(state=RunState.DISPATCHED, lease_expires_at__lt=at + lease)

    def graded(self) -> "RunQuerySet":
        """Those with a result."""
        return self.filter(state=RunState.GRADED)

    def trials_waiting(self, at: datetime) -> "RunQuerySet":
        """Those of open previews that may be sent out now, in their order; they need `Run.every`."""
        of_open = self.filter(is_trial=True, preview__state=PreviewState.OPEN, state=RunState.QUEUED)
        return of_open.filter(not_before__lte=at).order_by("rank_at", "id")

    def preview_ended_by(self, public_id: str) -> int | None:
        """Return the key of the preview that a run is a trial of, if nothing of it is left to be judged; needs `Run.every`."""
        preview = self.filter(public_id=public_id, is_trial=True).values_list("preview", flat=True).first()
        left = self.filter(preview=preview, state__in=(RunState.QUEUED, *IN_FLIGHT))
        return None if preview is None or left.exists() else preview


def begin_by(at: datetime) -> Case:
    """Return when a run began, or may; what was sent out and has not begun begins no earlier than the moment."""
    sent = When(state=RunState.DISPATCHED, then=Value(at, models.DateTimeField()))
    return Case(sent, default=BEGIN)


_RunManager = models.Manager.from_queryset(RunQuerySet)


class ShownRuns(_RunManager):
    """The runs that pages, grades and everything else know of: no trials. Relations to runs use it too, but no join does."""

    def get_queryset(self) -> RunQuerySet:
        """Leave trials out."""
        return RunQuerySet(self.model, using=self._db).filter(is_trial=False)


class Run(models.Model):
    """One judging. Nothing graded is overwritten: a regrade is another run, with a reason and a person."""

    public_id = models.CharField(max_length=32, unique=True, default=new_run_id, editable=False)
    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="runs")
    suite = models.ForeignKey(SuiteVersion, on_delete=models.PROTECT, related_name="runs")
    seed = models.BigIntegerField(help_text=_("What the inputs are drawn from; the same seed gives the same inputs."))
    reason = models.CharField(max_length=16, choices=RunReason.choices, default=RunReason.PUSH)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True)
    state = models.CharField(max_length=16, choices=RunState.choices, default=RunState.QUEUED)
    queued_at = models.DateTimeField()
    not_before = models.DateTimeField(
        help_text=_("Not sent out earlier: the pause after a fault, or a student's limit.")
    )
    waits_for = models.CharField(max_length=16, choices=RunWait.choices, default=RunWait.NOTHING, blank=True)
    rank_at = models.DateTimeField(help_text=_("Its place in its course's queue, the earliest first."))
    is_bulk = models.BooleanField(
        default=False, help_text=_("One of many regrades: it waits behind what students push.")
    )
    preview = models.ForeignKey(RegradePreview, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    is_trial = models.BooleanField(
        default=False, help_text=_("Of a regrade preview that is not published: nothing shows or counts it.")
    )
    expected_start_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text=_("What its student was told when it was queued; to measure how wrong that is."),
    )
    tries = models.PositiveSmallIntegerField(default=0, help_text=_("How many workers began it."))
    worker_faults = models.PositiveSmallIntegerField(
        default=0, help_text=_("How many workers gave it back for reasons of their own, such as no sandbox; no try.")
    )
    lease_token = models.CharField(max_length=64, blank=True)
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    worker = models.CharField(max_length=200, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    checks_done = models.PositiveIntegerField(default=0, help_text=_("What its worker said last; for its page alone."))
    checks_planned = models.PositiveIntegerField(default=0)
    fault = models.TextField(blank=True, help_text=_("For staff: what last went wrong on our side."))
    score = models.DecimalField(max_digits=11, decimal_places=4, null=True, blank=True)
    max_score = models.DecimalField(max_digits=11, decimal_places=4, null=True, blank=True)
    notes = models.JSONField(default=list, blank=True)
    leaderboard = models.JSONField(default=list, blank=True)
    provenance = models.JSONField(default=dict, blank=True)

    objects = ShownRuns()
    every = RunQuerySet.as_manager()

    class Meta:
        ordering = ["-queued_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(is_trial=False) | Q(preview__isnull=False), name="a_trial_is_of_a_preview"
            ),
            models.CheckConstraint(condition=Q(state__in=RunState.values), name="a_run_has_a_known_state"),
            models.CheckConstraint(condition=Q(reason__in=RunReason.values), name="a_run_has_a_known_reason"),
            models.CheckConstraint(condition=Q(waits_for__in=RunWait.values), name="a_run_waits_for_something_known"),
            models.CheckConstraint(
                condition=Q(state__in=IN_FLIGHT, lease_expires_at__isnull=False) & ~Q(lease_token="")
                | ~Q(state__in=IN_FLIGHT) & Q(lease_token="", lease_expires_at__isnull=True),
                name="a_run_holds_a_lease_only_while_under_way",
            ),
            models.CheckConstraint(
                condition=Q(state=RunState.GRADED, score__isnull=False, max_score__isnull=False)
                | ~Q(state=RunState.GRADED) & Q(score__isnull=True, max_score__isnull=True),
                name="a_run_has_a_score_only_when_graded",
            ),
            models.CheckConstraint(
                condition=Q(score__isnull=True) | Q(score__gte=0, score__lte=F("max_score")),
                name="a_score_lies_between_zero_and_its_maximum",
            ),
            models.CheckConstraint(
                condition=~Q(state=RunState.NEEDS_ATTENTION) | ~Q(fault=""), name="a_run_that_needs_attention_says_why"
            ),
            models.CheckConstraint(
                condition=Q(checks_done__lte=F("checks_planned")), name="a_run_has_done_no_more_than_is_planned"
            ),
        ]
        indexes = [
            models.Index(fields=["state", "rank_at", "not_before"], name="runs_waiting"),
            models.Index(fields=["state", "lease_expires_at"], name="runs_leased"),
            models.Index(fields=["-queued_at", "-id"], name="runs_newest_first"),
            # Without it SQLite joins an attempt's graded runs by their state: all that are graded, for every attempt.
            models.Index(fields=["attempt", "state"], name="runs_of_an_attempt"),
            models.Index(fields=["-finished_at"], condition=Q(state=RunState.GRADED), name="runs_graded_last"),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def state_words(self) -> str:
        """Where it stands, as pages say it."""
        return str(STATE_WORDS[RunState(self.state)])

    @property
    def is_graded(self) -> bool:
        """Whether it has a result."""
        return self.state == RunState.GRADED

    @property
    def is_final(self) -> bool:
        """Whether it will change no more by itself."""
        return self.state in FINAL
