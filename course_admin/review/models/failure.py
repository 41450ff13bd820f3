"""Signature and Failure: how a check was not passed, in words that everybody shares who fails alike; worked out from runs.

Nothing here is anybody's word: all of it can be made again from the checks.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from course_admin.submissions.models import Check, Run


class Signature(models.Model):
    """One way to fail one test, whatever the numbers and names; clusters/signing/signature.py says how it is made."""

    digest = models.CharField(max_length=64, unique=True)
    test = models.CharField(max_length=500, help_text=_("The id of the test, without parameters."))
    verdict = models.CharField(max_length=16)
    exception = models.CharField(max_length=100, blank=True)
    message = models.TextField(blank=True, help_text=_("Numbers, addresses and names are left out."))
    frame = models.TextField(blank=True, help_text=_("The innermost line of the student's own, without its names."))

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.verdict} of {self.test}"


class Failure(models.Model):
    """A run has a signature, first in this check. A run that failed nothing has one row without either: it was looked at."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="failures")
    signature = models.ForeignKey(Signature, on_delete=models.PROTECT, null=True, related_name="failures")
    check_line = models.ForeignKey(Check, on_delete=models.CASCADE, null=True, related_name="+")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["run", "signature"], name="a_run_has_a_signature_once"),
            models.CheckConstraint(
                condition=models.Q(signature__isnull=True, check_line__isnull=True)
                | models.Q(signature__isnull=False, check_line__isnull=False),
                name="a_failure_has_its_check",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.run_id}: {self.signature_id}"
