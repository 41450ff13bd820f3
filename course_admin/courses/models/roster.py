"""Enrollment: who is in which course, and as what.

An Enrollment is one line of a course's roster. It exists before its person has an account here, and is never deleted
while an attempt hangs on it: somebody who leaves the course becomes inactive. A TA who is a student of the same course has
two lines, one in each role: what identifies somebody is theirs alone among the students, and among all others.
"""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Case, Q, Value, When
from django.db.models.functions import Lower
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from course_admin.courses.models.course import Course, Section
from course_admin.private_sqlite.names import NAMES
from course_admin.tracked import Tracked


class Role(models.TextChoices):
    """What somebody is in a course."""

    STUDENT = "student", _("student")  # hands in, sees their own results
    OBSERVER = "observer", _("observer")  # sees the course, no person's results
    TA = "ta", _("TA")  # sees the results of the students that their scope says
    HEAD_TA = "head_ta", _("head TA")  # a TA who may change what TAs may not
    INSTRUCTOR = "instructor", _("instructor")  # answers for the course


class Scope(models.TextChoices):
    """Whose results a TA sees. Who leads a course sees all of it."""

    LISTED = "listed", _("their own section and the listed ones")  # with none of either, nobody
    ALL = "all", _("all sections, and students of none")


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
        return self.filter(role__in=(Role.TA, Role.HEAD_TA, Role.INSTRUCTOR))

    def named_like(self, words: str) -> "EnrollmentQuerySet":
        """Those whose name, e-mail address or GitHub login holds `words`."""
        return self.filter(Q(name__icontains=words) | Q(email__icontains=words) | Q(github_login__icontains=words))

    def hold(self, people: Iterable["Enrollment"]) -> None:
        """Lock the rows of some people, at once and in order: no two who hold several wait for each other.

        Who only refers to one of them, as a grade does, need not wait.
        """
        list(self.select_for_update(no_key=True).filter(pk__in=[each.pk for each in people]).order_by("pk"))

    def of(self, user: Any) -> "EnrollmentQuerySet":
        """The places on rosters that belong to an account; none for a visitor."""
        return self.filter(account=user) if user.is_authenticated else self.none()


def _theirs_alone(name: str, value: Lower | str = "", *, may_be_empty: bool = True) -> models.UniqueConstraint:
    """Return the constraint that a key is one person's among the students of a course, and among everybody else in it."""
    place = Case(When(role=Role.STUDENT, then=Value(1)), default=Value(2))
    condition = ~Q(**{name: ""}) if may_be_empty else None
    constraint = f"one_enrollment_per_{name}_and_course"
    return models.UniqueConstraint("course", value or name, place, condition=condition, name=constraint)


GITHUB_LOGIN = RegexValidator(
    r"^[A-Za-z0-9][A-Za-z0-9_-]*\Z",
    _("A GitHub login has letters, digits, hyphens and, of a company or university, underscores."),
)


class Enrollment(Tracked):
    """One line of a roster: a person in a course, in one role."""

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="enrollments")
    section = models.ForeignKey(Section, on_delete=models.PROTECT, null=True, blank=True, related_name="enrollments")
    other_sections = models.ManyToManyField(
        Section,
        blank=True,
        related_name="also_enrolled",
        help_text=_("Further ones: a laboratory beside its lecture. A TA sees the students of these, too."),
    )
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="enrollments"
    )
    role = models.CharField(max_length=16, choices=Role.choices, default=Role.STUDENT)
    scope = models.CharField(
        max_length=16,
        choices=Scope.choices,
        default=Scope.LISTED,
        help_text=_("Of a TA: whose results they see. A TA without a section sees nobody, unless this says all."),
    )
    name = models.CharField(max_length=200, db_collation=NAMES)
    email = models.EmailField(blank=True, help_text=_("Some rosters, such as Canvas's, know none."))
    student_id = models.CharField(max_length=64, blank=True, help_text=_("The university's own number, if it has one."))
    canvas_id = models.CharField(
        _("Canvas's ID"),
        max_length=40,
        blank=True,
        help_text=_("The number of the person in Canvas; it never changes."),
    )
    lti_subject = models.CharField(
        _("LTI user id"),
        max_length=255,
        blank=True,
        help_text=_("What the university's LMS calls the person in LTI launches."),
    )
    university_login = models.CharField(
        max_length=100, blank=True, help_text=_("What the person types to log in at the university, or in its LMS.")
    )
    github_login = models.CharField(max_length=39, blank=True, validators=[GITHUB_LOGIN])
    github_id = models.BigIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("GitHub's number: a login can change hands."),
    )
    is_active = models.BooleanField(default=True)

    objects = EnrollmentQuerySet.as_manager()

    class Meta:
        ordering = ["course", "name", "id"]
        verbose_name = "enrolment"
        constraints = [
            _theirs_alone("email", Lower("email")),
            _theirs_alone("student_id"),
            _theirs_alone("canvas_id"),
            _theirs_alone("lti_subject"),
            _theirs_alone("university_login", Lower("university_login")),
            _theirs_alone("github_login", Lower("github_login")),
            _theirs_alone("github_id", may_be_empty=False),
            _theirs_alone("account", may_be_empty=False),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="an_enrollment_has_a_known_role"),
            models.CheckConstraint(condition=models.Q(scope__in=Scope.values), name="an_enrollment_has_a_known_scope"),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse a section of another course."""
        if self.course_id and self.section is not None and self.section.course_id != self.course_id:
            raise ValidationError(
                {
                    "section": gettext("{section} is not a section of {course}.").format(
                        section=self.section, course=self.course
                    )
                }
            )

    @property
    def is_student(self) -> bool:
        """Whether the person hands in."""
        return self.role == Role.STUDENT

    @property
    def sections(self) -> list[Section]:
        """Every section the person is in."""
        return [*([self.section] if self.section else []), *self.other_sections.all()]


class OtherEmail(Tracked):
    """A further e-mail address of somebody on a roster: as much theirs as the first."""

    enrollment = models.ForeignKey(Enrollment, on_delete=models.CASCADE, related_name="other_emails")
    address = models.EmailField()

    class Meta:
        ordering = ["pk"]
        verbose_name = _("other e-mail address")
        verbose_name_plural = _("other e-mail addresses")
        constraints = [
            models.UniqueConstraint("enrollment", Lower("address"), name="an_enrollment_has_an_other_email_once")
        ]

    def __str__(self) -> str:
        return self.address

    def clean(self) -> None:
        """Refuse an address that is somebody else's, or the person's first one already."""
        if self.enrollment_id and self.address:
            is_theirs = Q(email__iexact=self.address) | Q(other_emails__address__iexact=self.address)
            others = Enrollment.objects.filter(is_theirs, course=self.enrollment.course_id).exclude(
                pk=self.enrollment_id
            )
            others = (
                others.filter(role=Role.STUDENT) if self.enrollment.is_student else others.exclude(role=Role.STUDENT)
            )
            if self.enrollment.email.casefold() == self.address.casefold() or others.exists():
                raise ValidationError(
                    {"address": gettext("{address} stands on this roster already.").format(address=self.address)}
                )


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
