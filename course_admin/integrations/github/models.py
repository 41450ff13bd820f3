"""Installation, Rerequest, CheckReport: where our App is, what GitHub's buttons asked for, what it shows of attempts.
RepositoryTemplate, RepositoryOrder: what students' repositories are made from, and how far each is.
"""

from datetime import datetime

from django.db import models
from django.db.models import F, Q

from course_admin.assignments.models import Assignment
from course_admin.courses.models import Enrollment
from course_admin.submissions.models import Attempt, Run, RunState
from course_admin.tracked import Tracked


class InstallationQuerySet(models.QuerySet["Installation"]):
    """Questions about installations."""

    def active(self) -> "InstallationQuerySet":
        """Those that give tokens."""
        return self.filter(ended_at__isnull=True, suspended_at__isnull=True)

    def of_owner(self, full_name: str) -> "InstallationQuerySet":
        """Those of the owner in a repository's full name, the newest first."""
        return self.filter(account_login__iexact=full_name.partition("/")[0]).order_by("-number")


class Installation(models.Model):
    """Our App in one organisation, or with one person, as GitHub last told of it."""

    number = models.BigIntegerField(unique=True, help_text="GitHub's number of the installation.")
    account_id = models.BigIntegerField(help_text="Whose it is, by GitHub's number.")
    account_login = models.CharField(max_length=100)
    permissions = models.JSONField(default=dict, help_text="What it was granted, as in {'checks': 'write'}.")
    suspended_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True, help_text="When it was uninstalled.")
    known_at = models.DateTimeField(
        help_text="Since when it is known here: of what came before, nothing is shown there."
    )
    told_at = models.DateTimeField(help_text="As of when: what GitHub tells that is older changes nothing.")
    quiet_until = models.DateTimeField(null=True, blank=True, help_text="GitHub asked to be left alone until then.")

    objects = InstallationQuerySet.as_manager()

    class Meta:
        ordering = ["account_login", "-number"]

    def __str__(self) -> str:
        return f"the App in {self.account_login}"

    def may(self, name: str, level: str = "write") -> bool:
        """Say whether it was granted a permission; who may write may read."""
        granted = self.permissions.get(name)
        return granted == level or (level == "read" and granted in ("write", "admin"))

    def is_quiet(self, at: datetime) -> bool:
        """Whether GitHub asked to be left alone."""
        return self.quiet_until is not None and self.quiet_until > at


class Rerequest(models.Model):
    """One delivery that asked for another run, by GitHub's own button: it is done once, however often it is delivered."""

    delivery_id = models.CharField(max_length=64, unique=True)
    sender_id = models.BigIntegerField(help_text="Who pressed it, by GitHub's number.")
    came_at = models.DateTimeField()
    answer = models.TextField(help_text="What was done.")

    class Meta:
        ordering = ["-came_at"]
        constraints = [models.CheckConstraint(condition=~Q(answer=""), name="a_rerequest_has_an_answer")]

    def __str__(self) -> str:
        return self.delivery_id


class CheckReportQuerySet(models.QuerySet["CheckReport"]):
    """Questions about what GitHub shows."""

    def due(self, at: datetime) -> "CheckReportQuerySet":
        """Those that show something else than what is so by now, the longest waiting first."""
        is_queued = Q(shown=RunState.QUEUED, run__state=RunState.DISPATCHED)
        outdated = Q(run__isnull=True, shown="") | Q(run__isnull=False) & ~Q(shown=F("run__state")) & ~is_queued
        return self.filter(outdated, is_open=True, next_try_at__lte=at).order_by("next_try_at", "pk")

    def of(self, assignment: Assignment) -> "CheckReportQuerySet":
        """Those of one assignment's attempts."""
        return self.filter(attempt__assignment=assignment)

    def refused(self) -> "CheckReportQuerySet":
        """Those that GitHub does not show, and will not by itself."""
        return self.filter(is_open=False).exclude(words="").select_related("attempt__push__repository")

    def with_everything(self) -> "CheckReportQuerySet":
        """With all that is said of them."""
        named = ("run__suite", "attempt__assignment__course", "attempt__push__repository__student", "attempt__upload")
        return self.select_related(*named)


class CheckReport(models.Model):
    """What GitHub shows of one run, or of an attempt that has none: the ledger of requests, which survives a kill.

    `intent` is written before a request and taken back once its answer is known: what is left of one was perhaps done.
    """

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="check_reports")
    run = models.OneToOneField(Run, on_delete=models.CASCADE, null=True, blank=True, related_name="check_report")
    remote_id = models.BigIntegerField(null=True, blank=True, help_text="GitHub's number of the check run.")
    round = models.PositiveSmallIntegerField(default=1, help_text="A completed check run that changes becomes another.")
    shown = models.CharField(max_length=16, blank=True, help_text="What is shown: the run's state of then.")
    intent = models.CharField(max_length=16, blank=True, help_text="What a request was to show that has no answer yet.")
    is_open = models.BooleanField(default=True, help_text="Whether it can change, and is to be shown.")
    next_try_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0, help_text="In a row, without success.")
    words = models.TextField(blank=True, help_text="For staff: why it is not shown.")

    objects = CheckReportQuerySet.as_manager()

    class Meta:
        ordering = ["next_try_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["attempt"], condition=Q(run__isnull=True), name="one_check_report_of_an_attempt_without_a_run"
            )
        ]
        indexes = [models.Index(fields=["is_open", "next_try_at"], name="check_reports_due")]

    def __str__(self) -> str:
        return f"what GitHub shows of {self.attempt_id}"

    @property
    def external_id(self) -> str:
        """Ours of the check run: by it a request without an answer is found again."""
        return f"{self.run.public_id if self.run else self.attempt.public_id}.{self.round}"


class RepositoryTemplate(Tracked):
    """The template repository from which students get their own for an assignment."""

    assignment = models.OneToOneField(Assignment, on_delete=models.CASCADE, related_name="repository_template")
    full_name = models.CharField("template", max_length=200, help_text="Owner and name, as in tinytorch-class/m01.")

    class Meta:
        ordering = ["assignment"]

    def __str__(self) -> str:
        return self.full_name


class OrderState(models.TextChoices):
    """How far a repository is."""

    WAITING = "waiting", "waiting to be made"
    MADE = "made", "made; its student is invited next"
    READY = "ready", "ready"
    FAILED = "failed", "not made"


class RepositoryOrder(models.Model):
    """One student's repository for one assignment, from their click to their first push; killed anywhere, it goes on."""

    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="repository_orders")
    student = models.ForeignKey(Enrollment, on_delete=models.CASCADE, related_name="repository_orders")
    github_id = models.BigIntegerField(help_text="Who gets it, by GitHub's number.")
    full_name = models.CharField(max_length=200, blank=True, help_text="As decided before it was made.")
    login = models.CharField(max_length=39, blank=True, help_text="What that number was called then.")
    state = models.CharField(max_length=16, choices=OrderState.choices, default=OrderState.WAITING)
    asked_at = models.DateTimeField()
    begun_at = models.DateTimeField(null=True, blank=True, help_text="When GitHub was asked to make it.")
    next_try_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    words = models.TextField(blank=True, help_text="Why it is not made, or not yet.")

    class Meta:
        ordering = ["assignment", "student"]
        constraints = [
            models.UniqueConstraint(fields=["assignment", "student"], name="one_repository_order_per_student"),
        ]
        indexes = [models.Index(fields=["state", "next_try_at"], name="repository_orders_due")]

    def __str__(self) -> str:
        return self.full_name or f"a repository for {self.student_id}"

    @property
    def is_open(self) -> bool:
        """Whether something is still to be done."""
        return self.state in (OrderState.WAITING, OrderState.MADE)
