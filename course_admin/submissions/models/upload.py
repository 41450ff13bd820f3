"""Upload: what a student chose in the browser, or sent through the API, for one assignment.

It is read and shown first, and handed in once its student confirms exactly that: then it has an attempt, as a push has. Until
then its packed tree is kept here, and of each student and assignment one such upload waits; a newer one takes its place.
"""

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from course_admin.assignments.models import Assignment
from course_admin.courses.models import Enrollment

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # as an attempt's
KEPT_FOR = timedelta(hours=24)  # while it waits


def new_upload_id() -> str:
    """Return an upload's name in addresses: none can be guessed from another."""
    return "upl_" + "".join(secrets.choice(_ALPHABET) for _ in range(16))


class UploadQuerySet(models.QuerySet["Upload"]):
    """Questions about uploads."""

    def waiting(self) -> "UploadQuerySet":
        """Those that their student has not handed in yet."""
        return self.filter(confirmed_at__isnull=True)

    def forgotten(self, at: datetime) -> "UploadQuerySet":
        """Those that waited too long."""
        return self.waiting().filter(uploaded_at__lte=at - KEPT_FOR)


class Upload(models.Model):
    """One upload for one assignment: what arrived, by its digest, and the tree that was read from it."""

    public_id = models.CharField(max_length=20, unique=True, default=new_upload_id, editable=False)
    student = models.ForeignKey(Enrollment, on_delete=models.PROTECT, related_name="uploads")
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="uploads")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    file_names = models.JSONField(default=list, help_text=_("What the chosen files were called, escaped."))
    sha256 = models.CharField(
        max_length=64, help_text=_("Of what arrived: the archive, or the loose files with their names.")
    )
    size_bytes = models.PositiveBigIntegerField(help_text=_("Of what arrived."))
    tree_digest = models.CharField(max_length=80)
    archive_sha256 = models.CharField(
        max_length=64, help_text=_("Of the packed tree: what is confirmed is exactly this.")
    )
    notes = models.JSONField(
        default=list, blank=True, help_text=_("For the student: what was left out or put elsewhere.")
    )
    held = models.BinaryField(null=True, help_text=_("The packed tree, while it waits."))
    uploaded_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True, help_text=_("From when it counts. Empty: it waits."))

    objects = UploadQuerySet.as_manager()

    class Meta:
        ordering = ["-uploaded_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["student", "assignment"],
                condition=Q(confirmed_at__isnull=True),
                name="one_upload_waits_per_student_and_assignment",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True) ^ Q(held__isnull=True), name="an_upload_is_held_while_it_waits"
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True) | Q(confirmed_at__gte=F("uploaded_at")),
                name="an_upload_is_confirmed_after_it_came",
            ),
        ]
        indexes = [models.Index(fields=["-uploaded_at", "-id"], name="uploads_newest_first")]

    def __str__(self) -> str:
        return f"upload {self.public_id}"

    @property
    def is_waiting(self) -> bool:
        """Whether its student has not handed it in yet."""
        return self.confirmed_at is None
