"""Platform, ToolKey, LtiCourse, LtiAssignment: who may launch us, our keys, and what here is what in a learning platform.

MemberReading is who a platform says is in a course, until the roster's import takes it over. Who a student is there stands on
the roster (`Enrollment.lti_subject`), since launches and roster files say it as well.
"""

from datetime import datetime, timedelta

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from course_admin.integrations.outbox.enquiry.model import Enquiry
from course_admin.integrations.outbox.models import ExternalAssignment, Link
from course_admin.tracked import Tracked

ADDRESS = RegexValidator(
    r"^https?://[a-z0-9][a-z0-9.-]*(:[1-9][0-9]{0,4})?(/[!-~]*)?\Z",
    _("Write the whole address, beginning with https:// and the host in lower case."),
)
NAME = RegexValidator(r"^[!-~]+\Z", _("Letters, digits and signs of ASCII, without spaces."))
OLD_KEY_LASTS = timedelta(days=30)  # platforms keep what they read of our keys for a while


class Platform(Tracked):
    """One learning platform that may launch us: what it and we told each other when we were registered there."""

    name = models.CharField(max_length=200, help_text=_("What staff call it."))
    issuer = models.CharField(
        max_length=180, validators=[NAME], help_text=_("Its platform or issuer ID, as in https://lms.example.edu.")
    )
    client_id = models.CharField(_("client ID"), max_length=100, validators=[NAME], help_text=_("What it calls us."))
    deployment_ids = models.TextField(
        _("deployment IDs"),
        help_text=_("One a line: each place in it where we were installed. Launches of others are refused."),
    )
    auth_login_url = models.CharField(
        _("authentication request URL"),
        max_length=500,
        validators=[ADDRESS],
        help_text=_("Where a launch asks who it is."),
    )
    auth_access_url = models.CharField(_("access token URL"), max_length=500, validators=[ADDRESS])
    auth_audience = models.CharField(
        _("audience of token requests"), max_length=500, blank=True, help_text=_("Empty: the access token URL.")
    )
    jwks_url = models.CharField(_("public keyset URL"), max_length=500, validators=[ADDRESS])

    class Meta:
        ordering = ["name", "id"]
        verbose_name = _("learning platform")
        constraints = [
            models.UniqueConstraint(fields=["issuer", "client_id"], name="one_platform_per_issuer_and_client"),
            models.CheckConstraint(condition=~Q(deployment_ids=""), name="a_platform_has_a_deployment"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def deployments(self) -> list[str]:
        """Its deployments' ids; they are told apart by case."""
        return [line.strip() for line in self.deployment_ids.splitlines() if line.strip()]

    @property
    def vouches_as(self) -> str:
        """Return the issuer of identities that it proves: a subject means nothing elsewhere."""
        return f"{self.issuer} {self.client_id}"


class ToolKeyQuerySet(models.QuerySet["ToolKey"]):
    """Questions about our keys."""

    def published(self, at: datetime) -> "ToolKeyQuerySet":
        """Those that platforms are to know: the present one, and what it replaced not long ago."""
        return self.filter(Q(ended_at__isnull=True) | Q(ended_at__gt=at - OLD_KEY_LASTS))


class ToolKey(models.Model):
    """One RSA key pair by which platforms know us; the newest that has not ended signs."""

    kid = models.CharField(max_length=64, unique=True)
    sealed = models.TextField(help_text=_("The private key, encrypted."))
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True, help_text=_("Since then it signs nothing."))

    objects = ToolKeyQuerySet.as_manager()

    class Meta:
        ordering = ["-made_at", "-id"]

    def __str__(self) -> str:
        return self.kid


class LtiCourse(Link):
    """The course of a learning platform whose launches lead to a course here, and that its grades go to."""

    platform = models.ForeignKey(Platform, on_delete=models.PROTECT, related_name="courses")
    deployment_id = models.CharField(_("deployment ID"), max_length=255)
    context_id = models.CharField(_("course's ID there"), max_length=255)
    memberships_url = models.CharField(
        max_length=1000, blank=True, help_text=_("Empty: it does not tell us its roster.")
    )
    our_address = models.CharField(
        max_length=300, help_text=_("By which its launches arrive; links in comments begin so.")
    )

    class Meta:
        ordering = ["course"]
        verbose_name = _("LTI course")
        constraints = [
            models.UniqueConstraint(
                fields=["platform", "deployment_id", "context_id"], name="one_course_per_context_of_a_platform"
            )
        ]

    def __str__(self) -> str:
        return f"{self.course} in {self.platform}"


class LtiAssignment(ExternalAssignment):
    """The line item of a learning platform that shows an assignment's grades; only a signed launch says which it is."""

    link = models.ForeignKey(LtiCourse, on_delete=models.CASCADE, related_name="assignments", verbose_name="course")
    line_item = models.CharField(max_length=1000, validators=[ADDRESS])

    class Meta:
        ordering = ["link", "assignment"]
        verbose_name = _("LTI assignment")
        constraints = [
            models.UniqueConstraint(fields=["link", "line_item"], name="one_assignment_per_line_item"),
        ]

    def __str__(self) -> str:
        return f"{self.assignment} in {self.link.platform}"


class MemberReading(Enquiry):
    """Who is in a platform's course, as it said when who leads the course here last asked; gone once the import has it."""

    link = models.OneToOneField(LtiCourse, on_delete=models.CASCADE, related_name="reading", verbose_name="course")
    file = models.TextField(blank=True, help_text=_("The members, as a file that the roster's import reads."))

    def __str__(self) -> str:
        return f"who is in {self.link.course} by its learning platform"
