"""Bridge: the right of one assignment's autograder in Gradescope to ask for results, by a token of which we keep a digest.
PackedAutograder: a suite that is packed to run there.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from course_admin.assignments.models import Assignment, SuiteVersion
from course_admin.integrations.outbox.enquiry.model import Enquiry
from course_admin.tracked import Tracked


class Bridge(Tracked):
    """An autograder in Gradescope that may ask for the results of one assignment; a new token ends the one before."""

    assignment = models.OneToOneField(Assignment, on_delete=models.CASCADE, related_name="in_gradescope")
    digest = models.CharField(max_length=64, unique=True, help_text=_("Of its token, by SHA-256."))
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["assignment"]

    def __str__(self) -> str:
        return f"{self.assignment} in Gradescope"


class PackedAutograder(Enquiry):
    """The archive with which a suite runs in Gradescope, all but what is one assignment's own: asked for on a page."""

    about = "suite"

    suite = models.OneToOneField(SuiteVersion, on_delete=models.CASCADE, related_name="autograder")
    file = models.CharField(max_length=100, blank=True, help_text=_("Its name in the folder of such archives."))
    size_bytes = models.PositiveBigIntegerField(default=0)

    class Meta(Enquiry.Meta):
        ordering = ["suite"]

    def __str__(self) -> str:
        return f"{self.suite} for Gradescope"
