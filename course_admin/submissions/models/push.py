"""Repository and Push: where a student pushes, and one push as its host announced it.

A push is stored before its announcement is answered, and its delivery number is unique: whatever is announced twice
counts once.
"""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from course_admin.assignments.models import Assignment
from course_admin.assignments.patterns import LOGIN, login_in
from course_admin.courses.models import Course, Enrollment, Role
from course_admin.submissions.intake.branch import CLOCKS_DIFFER, RefUpdate

FOUND = "poll-"  # begins the delivery number of a push that no webhook announced: its host was asked
MADE = "made-"  # that of the commit which a repository was made with
STEPS = 500  # of one branch: more pushes than any assignment takes


class Forge(models.TextChoices):
    """What kind of host repositories are at; of each kind an installation has one."""

    GITHUB = "github", "GitHub"
    GITEA = "gitea", _("Gitea or Forgejo")
    GITLAB = "gitlab", "GitLab"
    ADDRESS = "address", _("a repository named by its address")


class RepositoryQuerySet(models.QuerySet["Repository"]):
    """Questions about repositories."""

    def worth_asking(self) -> "RepositoryQuerySet":
        """Those of active students, not asked for longest first; of several with one name, the last that had it."""
        later = self.model.objects.filter(
            full_name=OuterRef("full_name"), forge=OuterRef("forge"), pk__gt=OuterRef("pk")
        ).exclude(forge=Forge.ADDRESS)  # one may be named for several assignments
        mine = self.filter(~Exists(later), student__is_active=True, student__role=Role.STUDENT)
        return mine.order_by(F("asked_at").asc(nulls_first=True), "pk")


def named_for(assignment: Assignment, through: str = "") -> Q:
    """Return the condition that a repository's name looks as an assignment's pattern says, whoever's login is in it.

    through: what leads from the rows to their repository, as `repository__`.
    """
    before, _, after = assignment.repository_pattern.partition(LOGIN)
    named = {"bound_name__istartswith": before, "bound_name__iendswith": after}
    return Q(**{f"{through}{name}": value for name, value in {"course": assignment.course_id, **named}.items()})


class Repository(models.Model):
    """One student's repository, bound by the host's own number: names change, and names are taken over."""

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="repositories")
    student = models.ForeignKey(Enrollment, on_delete=models.PROTECT, related_name="repositories")
    forge = models.CharField(
        max_length=16, choices=Forge, default=Forge.GITHUB, help_text=_("What kind of host it is at.")
    )
    host_id = models.BigIntegerField(help_text=_("The repository's number at its host."))
    full_name = models.CharField(max_length=200, help_text=_("Owner and name, as last announced."))
    bound_name = models.CharField(
        max_length=200,
        help_text=_("Owner and name when it was bound: patterns are held against it, whatever it is renamed."),
    )
    bound_login = models.CharField(max_length=100, help_text=_("The student's login in that name, in lower case."))
    default_branch = models.CharField(max_length=255)
    asked_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When its host was last asked what it holds, whatever came of it.")
    )
    answered_at = models.DateTimeField(
        null=True, blank=True, help_text=_("The last of these times when there was an answer.")
    )
    pushed_at = models.DateTimeField(
        null=True, blank=True, help_text=_("Found by its name: when it was last pushed to, as its host said then.")
    )
    is_settled = models.BooleanField(
        default=False,
        help_text=_("Whose it is was proven, or said by staff: a login on the roster does not change it any more."),
    )
    is_nobodys = models.BooleanField(
        default=False,
        help_text=_("Staff took back whose it is: until they say it anew, a line of the roster stands for it."),
    )
    is_in_doubt = models.BooleanField(
        default=False, help_text=_("Only its host can say whether what was announced is the newest: it is asked next.")
    )

    objects = RepositoryQuerySet.as_manager()

    class Meta:
        ordering = ["full_name"]
        verbose_name_plural = _("repositories")
        constraints = [
            models.UniqueConstraint(fields=["forge", "host_id"], name="one_repository_per_number_and_forge"),
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True) | Q(asked_at__isnull=False, answered_at__lte=F("asked_at")),
                name="a_host_answers_when_it_is_asked",
            ),
        ]
        indexes = [
            models.Index(fields=["full_name"], name="repositories_by_name"),
            models.Index(fields=["asked_at"], name="repositories_by_question"),
        ]

    def __str__(self) -> str:
        return self.full_name

    def is_for(self, assignment: Assignment) -> bool:
        """Say whether an assignment's pattern, with this student's login in it, gives its name."""
        return login_in(assignment.repository_pattern, self.bound_name) == self.bound_login

    def branch_for(self, assignment: Assignment) -> str:
        """Return the branch that is graded for an assignment."""
        return assignment.branch or self.default_branch

    @property
    def is_by_staff(self) -> bool:
        """Whether staff said whose it is: it counts under another name than its own."""
        return self.is_settled and self.bound_name.casefold() != self.full_name.casefold()

    @property
    def has_moved(self) -> bool:
        """Whether it left the owner under whom it was bound, such as the course's organisation."""
        if self.forge == Forge.ADDRESS:
            return False
        owners = (name.partition("/")[0].lower() for name in (self.full_name, self.bound_name))
        return len(set(owners)) > 1


LOOKED_BACK = timedelta(days=180)  # a term: what came earlier is no hand-in of this one


class PushState(models.TextChoices):
    """What became of a push."""

    RECEIVED = "received", _("received")  # stored, its code not fetched yet
    ATTEMPTED = "attempted", _("attempted")  # became an attempt of every assignment that it serves
    IGNORED = "ignored", _("ignored")  # nothing to grade, and `reason` says why
    NEEDS_ATTENTION = (
        "needs_attention",
        _("needs attention"),
    )  # could not be fetched, for a reason that is not the student's


class PushWait(models.TextChoices):
    """What an ignored push waits for: once it is there, the push is graded after all, from when it came."""

    NOTHING = "", _("nothing")
    STUDENT = "student", _("its student to be in the course")
    BRANCH = "branch", _("its branch to be graded")


class PushQuerySet(models.QuerySet["Push"]):
    """Questions about pushes."""

    def waiting(self, at: datetime) -> "PushQuerySet":
        """Those whose code should be fetched now, oldest first."""
        return self.filter(state=PushState.RECEIVED, next_try_at__lte=at).order_by("received_at", "id")

    def not_graded_yet(self, at: datetime) -> "PushQuerySet":
        """Those of this term that were ignored for a reason that may go."""
        waiting = self.filter(state=PushState.IGNORED, received_at__gt=at - LOOKED_BACK)
        return waiting.exclude(waits_for=PushWait.NOTHING)

    def to_branch(self, repository: Repository, ref: str) -> "PushQuerySet":
        """Those to one branch of one repository."""
        return self.filter(repository=repository, ref=ref)

    def newest_updates(self) -> list[RefUpdate]:
        """Return the newest of them as steps of their branch, in the order of arrival."""
        told = ("before_id", "commit_id", "received_at", "found_at", "pushed_at")
        rows = self.order_by("-pk").values_list(*told)[:STEPS]
        return [RefUpdate(*row) for row in reversed(rows)]

    def found_with(self, commit_id: str) -> "Push | None":
        """Return the newest that was found by asking and holds a commit, unless there was nothing to grade."""
        found = self.filter(commit_id=commit_id, found_at__isnull=False)
        nothing = Q(state=PushState.IGNORED, waits_for=PushWait.NOTHING)
        return found.exclude(nothing).order_by("-pk").first()

    def found_around(self, commit_id: str, moment: datetime) -> "Push | None":
        """Return what was found with a commit that came at a moment of its host: after an answer without it, before one with it."""
        return self.filter(found_at__gte=moment, received_at__lte=moment + CLOCKS_DIFFER).found_with(commit_id)


class Push(models.Model):
    """One push, as announced. What is graded is `commit_id`, one full commit, whatever the branch does later."""

    delivery_id = models.CharField(max_length=64, help_text=_("The host's number of the announcement."))
    repository = models.ForeignKey(Repository, on_delete=models.PROTECT, related_name="pushes")
    ref = models.CharField(max_length=255)
    before_id = models.CharField(max_length=64, blank=True)
    commit_id = models.CharField(max_length=64)
    forced = models.BooleanField(default=False)
    sender_login = models.CharField(max_length=100, blank=True)
    sender_id = models.BigIntegerField(null=True, blank=True, help_text=_("Who pushed, by the host's number."))
    received_at = models.DateTimeField(help_text=_("By this server's clock; a commit's own date is its author's word."))
    found_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When its host was asked, if that is how it was found; it came before.")
    )
    pushed_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When it came by its host's own clock, where that was taken.")
    )
    place = models.PositiveSmallIntegerField(
        default=0, help_text=_("Among the pushes of one second of its host: how many came before it.")
    )
    state = models.CharField(max_length=16, choices=PushState.choices, default=PushState.RECEIVED)
    reason = models.TextField(blank=True)
    waits_for = models.CharField(max_length=16, choices=PushWait, default=PushWait.NOTHING, blank=True)
    is_asked_for = models.BooleanField(
        default=False, help_text=_("Staff want it graded, whatever the rules about branches and people say.")
    )
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()

    objects = PushQuerySet.as_manager()

    class Meta:
        ordering = ["-received_at", "-id"]
        verbose_name_plural = _("pushes")
        constraints = [
            models.UniqueConstraint(fields=["delivery_id"], name="one_push_per_delivery"),
            models.CheckConstraint(
                condition=Q(state__in=(PushState.RECEIVED, PushState.ATTEMPTED)) | ~Q(reason=""),
                name="a_push_that_is_not_graded_says_why",
            ),
            models.CheckConstraint(
                condition=Q(found_at__isnull=True) | Q(found_at__gte=F("received_at")),
                name="a_push_is_found_after_it_came",
            ),
            models.CheckConstraint(
                condition=Q(waits_for=PushWait.NOTHING) | Q(state=PushState.IGNORED),
                name="only_an_ignored_push_waits_for_its_reason_to_go",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "next_try_at"], name="pushes_waiting"),
            models.Index(fields=["-received_at", "-id"], name="pushes_newest_first"),
            models.Index(
                fields=["waits_for", "next_try_at"],
                name="pushes_reconsidered",
                condition=~Q(waits_for=PushWait.NOTHING),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.commit_id[:7]} to {self.ref}"
