"""SuiteVersion: which suite judges. Immutable and known by its digest: a changed suite is another version, so that a run
always says exactly what judged it.
"""

from django.core.validators import RegexValidator
from django.db import models


class SuiteVersion(models.Model):
    """One state of one suite, kept as an archive: what was judged once can be judged again, whatever its folder holds."""

    name = models.CharField(
        max_length=100,
        validators=[
            RegexValidator(r"^[a-z0-9_]+(?:/[a-z0-9_]+)*$", "A suite is named by its folder, such as m01_tensor.")
        ],
    )
    digest = models.CharField(max_length=64, validators=[RegexValidator(r"^[0-9a-f]{64}$")])
    archive_sha256 = models.CharField(max_length=64)
    title = models.CharField(max_length=200, blank=True)
    added_at = models.DateTimeField()

    class Meta:
        ordering = ["name", "-added_at"]
        constraints = [models.UniqueConstraint(fields=["name", "digest"], name="one_suite_version_per_digest")]

    def __str__(self) -> str:
        return f"{self.name}@{self.digest[:8]}"
