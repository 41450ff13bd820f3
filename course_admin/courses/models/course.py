"""Course and Section: one course in one term, and the parts that its students are taught in."""

import zoneinfo
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator, RegexValidator
from django.db import connections, models
from django.db.models.functions import Lower
from django.utils.dateformat import format as written
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from course_admin.courses.holidays import HOLIDAYS_LENGTH, Holidays, read_holidays, validate_holidays
from course_admin.tracked import Tracked


def validate_time_zone(name: str) -> None:
    """Raise ValidationError unless `name` is an IANA time zone."""
    if name not in zoneinfo.available_timezones():
        raise ValidationError(gettext("{name} is not a time zone; write one such as Europe/Berlin.").format(name=name))


CLAIMS = 0x41737361  # names their lock among PostgreSQL's: one number for the whole database


class CourseQuerySet(models.QuerySet["Course"]):
    """Questions about courses."""

    def hold_claims(self) -> None:
        """Let who claims repositories for a course wait for one another, until the transaction is over.

        Of two claims that exclude each other the second one then sees the first. On SQLite a transaction that writes is alone.
        """
        if connections[self.db].vendor == "postgresql":
            with connections[self.db].cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CLAIMS])

    def owning(self, name: str) -> "Course | None":
        """The course that was given the repositories of this name, by the longest prefix; None: nobody was."""
        mine = [each for each in self.exclude(repository_prefix="") if each.owns(name)]
        return max(mine, key=lambda each: len(each.repository_prefix), default=None)


class Course(Tracked):
    """One course in one term."""

    slug = models.SlugField(unique=True, help_text=_("Short name in addresses and file names, such as tinytorch-2026."))
    title = models.CharField(max_length=200)
    time_zone = models.CharField(
        max_length=64, default="UTC", validators=[validate_time_zone], help_text=_("Due times are shown in this zone.")
    )

    slip_days = models.PositiveSmallIntegerField(
        default=0, help_text=_("Days each student may be late in all, in assignments whose late policy is slip days.")
    )
    regrade_request_days = models.PositiveSmallIntegerField(
        default=14,
        help_text=_(
            "So long after a grade stands (given, due, results published) its student may ask for a regrade. 0: never."
        ),
    )
    tas_may_grant = models.BooleanField(
        _("TAs set points and give days"),
        default=True,
        help_text=_(
            "TAs may set points by hand and give days to the students they teach, with a reason. Otherwise only who leads the "
            "course may."
        ),
    )
    repository_prefix = models.CharField(
        max_length=140,
        blank=True,
        validators=[RegexValidator(r"^[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]*$", _("Write an owner and a slash."))],
        help_text=_(
            "What the names of its repositories begin with: an owner and a slash, such as tinytorch-class/, or more. No "
            "other course has it, or a part of it. An administrator gives it."
        ),
    )
    queue_weight = models.PositiveSmallIntegerField(
        default=1,
        validators=[MinValueValidator(1)],
        help_text=_("Its share of the grading workers beside other courses: with 2 it gets twice as many as with 1."),
    )

    holidays = models.TextField(
        blank=True,
        max_length=HOLIDAYS_LENGTH,
        validators=[validate_holidays],
        help_text=_(
            "Days on which nothing is due unless somebody chooses it, one a line with its name, such as 2026-12-25 "
            "Christmas, or several, such as 2026-12-24 to 2027-01-03 winter break."
        ),
    )

    objects = CourseQuerySet.as_manager()

    class Meta:
        ordering = ["slug"]
        constraints = [
            models.UniqueConstraint(
                Lower("repository_prefix"),
                condition=~models.Q(repository_prefix=""),
                name="a_repository_prefix_is_one_courses",
            ),
            models.CheckConstraint(
                condition=models.Q(queue_weight__gte=1), name="every_course_has_a_share_of_the_queue"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        """Refuse repositories that another course was given."""
        if other := self.prefix_taken_by():
            raise ValidationError(
                {
                    "repository_prefix": gettext("{other} has {prefix}: one of the two would hold the other's.").format(
                        other=other, prefix=other.repository_prefix
                    )
                }
            )

    def owns(self, name: str) -> bool:
        """Say whether a repository, or a pattern of some, is of those that the course was given."""
        return bool(self.repository_prefix) and name.lower().startswith(self.repository_prefix.lower())

    def prefix_taken_by(self) -> "Course | None":
        """Return a course whose repositories would be this one's as well, or the other way round."""
        others = Course.objects.exclude(pk=self.pk).exclude(repository_prefix="") if self.repository_prefix else []
        return next(
            (each for each in others if each.owns(self.repository_prefix) or self.owns(each.repository_prefix)), None
        )

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """The course's time zone."""
        return zoneinfo.ZoneInfo(self.time_zone)

    @property
    def free_days(self) -> Holidays:
        """The days of its list of holidays, each with its name."""
        return read_holidays(self.holidays)

    def by_its_clock(self, moment: datetime) -> str:
        """Return a moment as people of the course read it, in the language in force."""
        # Translators: as of Django's template filter `date`; keep the zone, T.
        return written(moment.astimezone(self.zone), pgettext("date and time", "j M Y, H:i T"))


SECTION_NAME_LENGTH = 100


class Section(Tracked):
    """A part of a course with its own meetings."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="sections")
    name = models.CharField(max_length=SECTION_NAME_LENGTH)

    class Meta:
        ordering = ["course", "name"]
        constraints = [models.UniqueConstraint("course", Lower("name"), name="one_section_of_a_name_per_course")]

    def __str__(self) -> str:
        return self.name
