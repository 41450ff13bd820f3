"""RepositoryListing: which repositories there are already for an assignment, as GitHub last said."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from course_admin.assignments.models import Assignment
from course_admin.integrations.outbox.enquiry.model import Enquiry


class RepositoryListing(Enquiry):
    """The repositories that an assignment's pattern fits, as GitHub listed them when who leads the course last asked."""

    about = "assignment"

    assignment = models.OneToOneField(Assignment, on_delete=models.CASCADE, related_name="listing")
    pattern = models.CharField(max_length=200, blank=True, help_text=_("The assignment's pattern of then."))
    rows = models.JSONField(
        default=list, help_text=_("Each one's number at GitHub, name, default branch and last push, if there was one.")
    )

    class Meta(Enquiry.Meta):
        ordering = ["assignment"]

    def __str__(self) -> str:
        return f"existing repositories of {self.assignment}"
