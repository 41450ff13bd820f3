"""RepositoryArchiving: one repository that is archived at its host once its term is over."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from course_admin.submissions.models import Repository


class ArchivingState(models.TextChoices):
    """How far one repository is."""

    WAITING = "waiting", _("waiting to be archived")
    ARCHIVED = "archived", _("archived")
    FAILED = "failed", _("not archived")


class RepositoryArchiving(models.Model):
    """That a repository is to be read-only at GitHub; killed anywhere, it goes on."""

    repository = models.OneToOneField(Repository, on_delete=models.CASCADE, related_name="archiving")
    state = models.CharField(max_length=16, choices=ArchivingState.choices, default=ArchivingState.WAITING)
    asked_at = models.DateTimeField()
    begun_at = models.DateTimeField(null=True, blank=True, help_text=_("When GitHub was asked."))
    next_try_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    words = models.TextField(blank=True, help_text=_("Why it is not archived, or not yet."))

    class Meta:
        ordering = ["repository"]
        indexes = [models.Index(fields=["state", "next_try_at"], name="archivings_due")]

    def __str__(self) -> str:
        return f"archiving of {self.repository}"
