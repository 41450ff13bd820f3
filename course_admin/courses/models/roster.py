"""Course, Section and Enrollment: who is in which course, and as what.

An Enrollment is one line of a course's roster. It exists before its person has an account here, and is never deleted
while an attempt hangs on it: somebody who leaves the course becomes inactive.
"""

import zoneinfo
from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower


def validate_time_zone(name: str) -> None:
    """Raise ValidationError unless `name` is an IANA time zone."""
    if name not in zoneinfo.available_timezones():
        raise ValidationError(f"{name} is not a time zone; write one such as Europe/Berlin.")


class CourseQuerySet(models.QuerySet["Course"]):
    """Questions about courses."""

    def taught_by(self, user: Any) -> "CourseQuerySet":
        """Those where `user` may see results, of all or of a section: all for an administrator, none for a visitor."""
        if user.is_superuser:
            return self
        return self.filter(pk__in=Enrollment.objects.of(user).active().staff().values("course"))

    def led_by(self, user: Any) -> "CourseQuerySet":
        """Those whose rules and roster `user` may change: all for an administrator, none for a visitor."""
        if user.is_superuser:
            return self
        return self.filter(pk__in=Enrollment.objects.of(user).active().leading().values("course"))


class Course(models.Model):
    """One course in one term."""

    slug = models.SlugField(unique=True, help_text="Short name in addresses and file names, such as tinytorch-2026.")
    title = models.CharField(max_length=200)
    time_zone = models.CharField(
        max_length=64, default="UTC", validators=[validate_time_zone], help_text="Due times are shown in this zone."
    )

    slip_days = models.PositiveSmallIntegerField(
        default=0, help_text="Days each student may be late in all, in assignments whose late policy is slip days."
    )
    queue_weight = models.PositiveSmallIntegerField(
        default=1,
        validators=[MinValueValidator(1)],
        help_text="Its share of the grading workers beside other courses: with 2 it gets twice as many as with 1.",
    )

    objects = CourseQuerySet.as_manager()

    class Meta:
        ordering = ["slug"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(queue_weight__gte=1), name="every_course_has_a_share_of_the_queue"
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """The course's time zone."""
        return zoneinfo.ZoneInfo(self.time_zone)


SECTION_NAME_LENGTH = 100


class Section(models.Model):
    """A part of a course with its own meetings."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="sections")
    name = models.CharField(max_length=SECTION_NAME_LENGTH)

    class Meta:
        ordering = ["course", "name"]
        constraints = [models.UniqueConstraint("course", Lower("name"), name="one_section_of_a_name_per_course")]

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    """What somebody is in a course."""

    STUDENT = "student", "student"  # hands in, sees their own results
    OBSERVER = "observer", "observer"  # sees the course, no person's results
    TA = "ta", "TA"  # sees every student's results; with a section, that section's
    HEAD_TA = "head_ta", "head TA"  # a TA who may change what TAs may not
    INSTRUCTOR = "instructor", "instructor"  # answers for the course


STAFF_ROLES = (Role.TA, Role.HEAD_TA, Role.INSTRUCTOR)
LEADING_ROLES = (Role.HEAD_TA, Role.INSTRUCTOR)


def taught_by(user: Any, path: str = "") -> Q:
    """Return the condition that `user`, no administrator, may see somebody's results: of their course, or their section.

    `path`: from the row to the enrolment. The few places of `user` are asked for here and now: with their keys in it, the
    database sees how much a condition lets through, and large tables are read from the newest row on.
    """
    places = Enrollment.objects.of(user).active().staff().values_list("role", "section_id", "course_id")
    sections = {section for role, section, _ in places if role == Role.TA and section is not None}
    courses = {course for role, section, course in places if role != Role.TA or section is None}
    return Q(**{f"{path}course__in": courses}) | Q(**{f"{path}section__in": sections})


class EnrollmentQuerySet(models.QuerySet["Enrollment"]):
    """Questions about a roster."""

    def active(self) -> "EnrollmentQuerySet":
        """Those who are in their course now."""
        return self.filter(is_active=True)

    def students(self) -> "EnrollmentQuerySet":
        """Those who hand in."""
        return self.filter(role=Role.STUDENT)

    def staff(self) -> "EnrollmentQuerySet":
        """Those who may see students' results."""
        return self.filter(role__in=STAFF_ROLES)

    def leading(self) -> "EnrollmentQuerySet":
        """Those who may change a course's rules and roster."""
        return self.filter(role__in=LEADING_ROLES)

    def taught_by(self, user: Any) -> "EnrollmentQuerySet":
        """Those whose results `user` may see: of a course they teach, or of their section if they are its TA."""
        return self if user.is_superuser else self.filter(taught_by(user))

    def named_like(self, words: str) -> "EnrollmentQuerySet":
        """Those whose name, e-mail address or GitHub login holds `words`."""
        return self.filter(Q(name__icontains=words) | Q(email__icontains=words) | Q(github_login__icontains=words))

    def of(self, user: Any) -> "EnrollmentQuerySet":
        """The places on rosters that belong to an account; none for a visitor."""
        return self.filter(account=user) if user.is_authenticated else self.none()


class Enrollment(models.Model):
    """One line of a roster: a person in a course, in one role."""

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="enrollments")
    section = models.ForeignKey(Section, on_delete=models.SET_NULL, null=True, blank=True, related_name="enrollments")
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="enrollments"
    )
    role = models.CharField(max_length=16, choices=Role.choices, default=Role.STUDENT)
    name = models.CharField(max_length=200)
    email = models.EmailField(blank=True, help_text="Some rosters, such as Canvas's, know none.")
    student_id = models.CharField(max_length=64, blank=True, help_text="The university's own number, if it has one.")
    github_login = models.CharField(
        max_length=39,
        blank=True,
        validators=[RegexValidator(r"^[A-Za-z0-9](?:-?[A-Za-z0-9])*$", "A GitHub login has letters, digits, hyphens.")],
    )
    github_id = models.BigIntegerField(null=True, blank=True, help_text="GitHub's number: a login can change hands.")
    is_active = models.BooleanField(default=True)

    objects = EnrollmentQuerySet.as_manager()

    class Meta:
        ordering = ["course", "name", "id"]
        verbose_name = "enrolment"
        constraints = [
            models.UniqueConstraint(
                "course", Lower("email"), condition=~models.Q(email=""), name="one_enrollment_per_email_and_course"
            ),
            models.UniqueConstraint(
                "course",
                "student_id",
                condition=~models.Q(student_id=""),
                name="one_enrollment_per_student_id_and_course",
            ),
            models.UniqueConstraint(
                "course",
                Lower("github_login"),
                condition=~models.Q(github_login=""),
                name="one_enrollment_per_github_login_and_course",
            ),
            models.UniqueConstraint("course", "github_id", name="one_enrollment_per_github_id_and_course"),
            models.UniqueConstraint("course", "account", name="one_enrollment_per_account_and_course"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="an_enrollment_has_a_known_role"),
        ]

    def __str__(self) -> str:
        return self.name


class StudentManager(models.Manager.from_queryset(EnrollmentQuerySet)):  # type: ignore[misc]
    """Only the roster's students."""

    def get_queryset(self) -> EnrollmentQuerySet:
        """Return the enrolments whose role is student."""
        return super().get_queryset().students()


class Student(Enrollment):
    """A student of a course: an enrolment in that role, with a list of its own in the admin."""

    objects: ClassVar[StudentManager] = StudentManager()

    class Meta:
        proxy = True
