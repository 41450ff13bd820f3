"""Assignment: what is to be handed in, until when, which suite judges it, and how its grades come about.

A draft is not open yet: it needs no suite, and no repository belongs to it, so that nothing can become an attempt of it.
Open it takes pushes to its repositories, uploads, or both.
"""

from datetime import UTC, datetime

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from course_admin.assignments.late import LateKind, LatePolicy
from course_admin.assignments.models.suite_version import SuiteVersion
from course_admin.assignments.patterns import validate_pattern
from course_admin.courses.models import Course
from course_admin.tracked import Tracked

LATEST = datetime(2200, 1, 1, tzinfo=UTC)


def validate_moment(moment: datetime) -> None:
    """Raise ValidationError for a time that can only be a mistake, or a way to say never: days are added to all of them."""
    if moment >= LATEST:
        raise ValidationError(gettext("At most {year}; for never, leave it empty.").format(year=LATEST.year - 1))


PERCENT = [MinValueValidator(0), MaxValueValidator(100)]
LATE_KINDS = [
    (LateKind.NONE.value, _("none")),
    (LateKind.PER_DAY.value, _("percent for each day")),
    (LateKind.PER_HOUR.value, _("percent for each hour")),
    (LateKind.SLIP_DAYS.value, _("slip days, then percent for each day")),
]


class CountingRule(models.TextChoices):
    """Which of a student's attempts counts; gradebook/counting.py says how."""

    LAST = "last", _("last")
    BEST = "best", _("best")
    LAST_ON_TIME = "last_on_time", _("last on time")
    BEST_AFTER_PENALTY = "best_after_penalty", _("best after penalty")
    CHOSEN = "chosen", _("chosen by the student")


class HiddenChecks(models.TextChoices):
    """Until when a suite's hidden checks are hidden from a student."""

    NEVER = "never", _("never shown")
    DUE = "due", _("shown after the student's due time")
    CLOSE = "close", _("shown after the student's hard close")


class Assignment(Tracked):
    """One thing to hand in: a module of a course, judged by one version of a suite."""

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="assignments")
    slug = models.SlugField(help_text=_("Short name in addresses, files and exports, such as m01."))
    module = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text=_("The course's module number, if it is one.")
    )
    title = models.CharField(max_length=200)
    is_draft = models.BooleanField(
        default=False, help_text=_("Not open yet: takes no push, whatever else is filled in.")
    )
    opens_when_checked = models.BooleanField(
        _("opens by itself"), default=False, help_text=_("A draft that opens once its suite has passed its check.")
    )
    pattern_when_open = models.CharField(
        _("repository pattern once it opens by itself"), max_length=200, blank=True, validators=[validate_pattern]
    )
    suite = models.ForeignKey(
        SuiteVersion,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="assignments",
        help_text=_("Only a draft can do without."),
    )
    needs = models.ManyToManyField(
        "self", symmetrical=False, blank=True, related_name="needed_by", help_text=_("Assignments that it builds on.")
    )
    points = models.DecimalField(max_digits=7, decimal_places=2, default=100, validators=[MinValueValidator(0)])
    releases_at = models.DateTimeField(
        null=True,
        blank=True,
        validators=[validate_moment],
        help_text=_("What is pushed earlier is kept, and graded from then on. Empty: at once."),
    )
    due_at = models.DateTimeField(
        null=True, blank=True, validators=[validate_moment], help_text=_("Empty: never late.")
    )
    closes_at = models.DateTimeField(
        null=True,
        blank=True,
        validators=[validate_moment],
        help_text=_("Hard close: what arrives later does not count. Empty: never."),
    )
    late_kind = models.CharField(_("late policy"), max_length=16, choices=LATE_KINDS, default=LateKind.NONE.value)
    late_percent = models.DecimalField(
        max_digits=5, decimal_places=2, default=0, validators=PERCENT, help_text=_("Of the attempt's own points.")
    )
    late_cap_percent = models.DecimalField(
        max_digits=5,
        decimal_places=2,
        default=100,
        validators=PERCENT,
        help_text=_("Lateness never costs more than this."),
    )
    late_grace_minutes = models.PositiveSmallIntegerField(
        default=0, help_text=_("Within them it is on time; after them it is late from the due time on.")
    )
    counting = models.CharField(_("counting attempt"), max_length=24, choices=CountingRule, default=CountingRule.LAST)
    attempt_limit = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("Attempts of a student that are graded by themselves; later ones are kept. Empty: all."),
    )
    cool_down_minutes = models.PositiveSmallIntegerField(
        _("cool-down in minutes"),
        default=0,
        help_text=_("Between two graded attempts of a student; an earlier push waits. 0: none."),
    )
    group_size = models.PositiveSmallIntegerField(
        default=1,
        validators=[MinValueValidator(1)],
        help_text=_("From 2 on, a push counts for the student's whole group, if it is no larger."),
    )
    hidden_checks = models.CharField(max_length=16, choices=HiddenChecks, default=HiddenChecks.NEVER)
    holds_grades = models.BooleanField(
        default=False,
        help_text=_("Students see no grade, and no learning platform gets one, until the results are published."),
    )
    results_published_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text=_("From then on students see the checks that wait for publication, and grades that were held."),
    )
    repository_pattern = models.CharField(
        max_length=200,
        blank=True,
        validators=[validate_pattern],
        help_text=_(
            "Empty in a draft, and where nobody pushes. Owner and name of its repositories, with {login} for the student's "
            "login."
        ),
    )
    takes_uploads = models.BooleanField(
        default=True, help_text=_("Students may hand in an archive or files in the browser, beside their pushes.")
    )
    branch = models.CharField(max_length=200, blank=True, help_text=_("Empty: the repository's default branch."))

    class Meta:
        ordering = ["course", "module", "slug"]
        constraints = [
            models.UniqueConstraint(fields=["course", "slug"], name="one_assignment_of_a_slug_per_course"),
            models.CheckConstraint(condition=models.Q(points__gte=0), name="an_assignment_has_no_negative_points"),
            models.CheckConstraint(
                condition=Q(is_draft=True, repository_pattern="")
                | Q(is_draft=False, suite__isnull=False) & (~Q(repository_pattern="") | Q(takes_uploads=True)),
                name="an_open_assignment_has_a_suite_and_a_way_in",
            ),
            models.CheckConstraint(
                condition=Q(opens_when_checked=False, pattern_when_open="") | Q(opens_when_checked=True, is_draft=True),
                name="only_a_draft_waits_to_open_by_itself",
            ),
            models.CheckConstraint(
                condition=Q(closes_at__isnull=True) | Q(due_at__isnull=True) | Q(closes_at__gte=F("due_at")),
                name="an_assignment_closes_no_earlier_than_its_due_time",
            ),
            models.CheckConstraint(
                condition=Q(releases_at__isnull=True) | Q(due_at__isnull=True) | Q(releases_at__lte=F("due_at")),
                name="an_assignment_is_released_no_later_than_its_due_time",
            ),
            models.CheckConstraint(
                condition=Q(attempt_limit__isnull=True) | Q(attempt_limit__gte=1), name="an_attempt_limit_leaves_one"
            ),
            models.CheckConstraint(condition=Q(group_size__gte=1), name="an_assignment_is_for_one_or_more"),
            models.CheckConstraint(
                condition=Q(hidden_checks__in=HiddenChecks.values), name="an_assignment_hides_checks_in_a_known_way"
            ),
            models.CheckConstraint(
                condition=Q(late_percent__gte=0, late_percent__lte=100)
                & Q(late_cap_percent__gte=0, late_cap_percent__lte=100),
                name="lateness_costs_between_nothing_and_everything",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        """Refuse a branch that cannot be one, a draft that would take pushes, and an open one without a suite."""
        if self.is_draft and self.repository_pattern:
            raise ValidationError(
                {"repository_pattern": gettext("A draft takes no pushes: leave this empty, or untick draft.")}
            )
        if not self.is_draft and not (self.suite_id and (self.repository_pattern or self.takes_uploads)):
            raise ValidationError(
                gettext(
                    "An open assignment needs a suite, and a repository pattern unless it takes uploads; "
                    "without them it is a draft."
                )
            )
        if self.opens_when_checked and not self.is_draft:
            raise ValidationError({"opens_when_checked": gettext("It is open already: only a draft opens by itself.")})
        if self.pattern_when_open and not self.opens_when_checked:
            raise ValidationError({"pattern_when_open": gettext("Only a draft that opens by itself has one.")})
        for name in ("repository_pattern", "pattern_when_open"):
            pattern = getattr(self, name)
            if pattern and self.course_id and (problem := self.pattern_problem(pattern)):
                raise ValidationError({name: problem})
        if self.suite and not self.is_draft and not self.suite.is_publishable:
            state = self.suite.get_check_state_display()
            raise ValidationError(
                {
                    "suite": gettext(
                        "{suite} is {state}: only a suite that passed its check, or is trusted, can be used."
                    ).format(suite=self.suite, state=state)
                }
            )
        if self.due_at and self.closes_at and self.closes_at < self.due_at:
            raise ValidationError({"closes_at": gettext("The hard close cannot lie before the due time.")})
        if self.releases_at and self.due_at and self.releases_at > self.due_at:
            raise ValidationError({"releases_at": gettext("It cannot be released after its due time.")})
        if self.hidden_checks == HiddenChecks.DUE and not self.due_at:
            raise ValidationError({"hidden_checks": gettext("Without a due time there is none to wait for.")})
        if self.hidden_checks == HiddenChecks.CLOSE and not self.closes_at:
            raise ValidationError({"hidden_checks": gettext("Without a hard close there is none to wait for.")})
        if self.branch.startswith(("-", "/")) or ".." in self.branch or any(c.isspace() for c in self.branch):
            raise ValidationError({"branch": gettext("Write the branch's plain name, such as main.")})

    def pattern_problem(self, pattern: str) -> str:
        """Say why repositories of a pattern cannot be this course's; empty if they can."""
        owner = Course.objects.owning(pattern)
        if owner is not None and owner.pk != self.course_id:
            return gettext("The repositories {prefix} are of the course {owner}.").format(
                prefix=owner.repository_prefix, owner=owner
            )
        if self.course.repository_prefix and not self.course.owns(pattern):
            return gettext("Repositories of {course} begin with {prefix}.").format(
                course=self.course, prefix=self.course.repository_prefix
            )
        return ""

    def is_owner_taken(self, pattern: str, *, or_planned: bool = False) -> bool:
        """Say whether another course has assignments of the same owner's repositories, such as an organisation's.

        or_planned: drafts that will open with them count, too.
        """
        owner, slash, _ = pattern.partition("/")
        begins = f"{owner}{slash}"
        theirs = Q(repository_pattern__istartswith=begins)
        theirs |= Q(pattern_when_open__istartswith=begins) if or_planned else Q()
        return Assignment.objects.exclude(course=self.course_id).filter(theirs).exists()

    @property
    def late_policy(self) -> LatePolicy:
        """What being late costs."""
        return LatePolicy(LateKind(self.late_kind), self.late_percent, self.late_cap_percent, self.late_grace_minutes)

    def is_released(self, at: datetime) -> bool:
        """Say whether what is pushed is graded by now."""
        return self.releases_at is None or at >= self.releases_at

    def is_published(self, at: datetime) -> bool:
        """Say whether students may see the checks that wait for publication."""
        return self.results_published_at is not None and at >= self.results_published_at

    def are_grades_out(self, at: datetime) -> bool:
        """Say whether students see their grades here, and learning platforms get them."""
        return not self.holds_grades or self.is_published(at)
