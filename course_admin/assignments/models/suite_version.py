"""SuiteVersion: which suite judges. Immutable and known by its digest: a changed suite is another version, so that a run
always says exactly what judged it. What is known about it grows: whether it passed its check, or who trusts it and why.
"""

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from course_admin.tracked import Tracked


class CheckState(models.TextChoices):
    """What is known about a suite."""

    UNCHECKED = "unchecked", _("not checked")
    CHECKING = "checking", _("being checked")  # a worker has been asked; its answer must show the token
    PASSED = "passed", _("passed")
    FAILED = "failed", _("failed")
    TRUSTED = "trusted", _("trusted")  # nobody checked it here; somebody said why it may be used all the same


PUBLISHABLE = (CheckState.PASSED, CheckState.TRUSTED)


class SuiteVersion(Tracked):
    """One state of one suite, kept as an archive: what was judged once can be judged again, whatever its folder holds."""

    name = models.CharField(
        max_length=100,
        validators=[
            RegexValidator(r"^[a-z0-9_]+(?:/[a-z0-9_]+)*$", _("A suite is named by its folder, such as m01_tensor."))
        ],
    )
    digest = models.CharField(max_length=64, validators=[RegexValidator(r"^[0-9a-f]{64}$")])
    archive_sha256 = models.CharField(max_length=64)
    title = models.CharField(max_length=200, blank=True)
    added_at = models.DateTimeField()
    check_state = models.CharField(max_length=16, choices=CheckState, default=CheckState.UNCHECKED)
    check_sha256 = models.CharField(
        max_length=64, blank=True, help_text=_("The archive that a check needs: the suite, its mutants, its reference.")
    )
    check_token = models.CharField(max_length=64, blank=True)
    check_asked_at = models.DateTimeField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    check_report = models.JSONField(null=True, blank=True)
    check_fault = models.TextField(blank=True, help_text=_("What kept us from checking it."))
    trusted_reason = models.TextField(blank=True)
    trusted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["name", "-added_at"]
        constraints = [
            models.UniqueConstraint(fields=["name", "digest"], name="one_suite_version_per_digest"),
            models.CheckConstraint(
                condition=Q(check_state__in=CheckState.values), name="a_suite_version_has_a_known_check_state"
            ),
            models.CheckConstraint(
                condition=Q(check_state=CheckState.CHECKING) ^ Q(check_token=""),
                name="a_check_has_a_token_only_under_way",
            ),
            models.CheckConstraint(
                condition=~Q(check_state__in=(CheckState.PASSED, CheckState.FAILED)) | Q(check_report__isnull=False),
                name="a_checked_suite_has_a_report",
            ),
            models.CheckConstraint(
                condition=~Q(check_state=CheckState.TRUSTED) | ~Q(trusted_reason=""),
                name="a_trusted_suite_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}@{self.digest[:8]}"

    @property
    def is_publishable(self) -> bool:
        """Whether an assignment may be opened with it."""
        return self.check_state in PUBLISHABLE
