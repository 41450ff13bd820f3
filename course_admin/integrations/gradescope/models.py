"""Bridge: the right of one assignment's autograder in Gradescope to ask for results, by a token of which we keep a digest."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from course_admin.assignments.models import Assignment
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
