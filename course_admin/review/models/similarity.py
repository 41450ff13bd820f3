"""AddedText and Comparison: texts that a course adds to what is compared, and the pairs that were found last."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from course_admin.assignments.models import Assignment
from course_admin.tracked import Tracked

ADDED_CHARACTERS = 200_000


class TextKind(models.TextChoices):
    """What an added text is."""

    SOLUTION = (
        "solution",
        _("a solution, such as a published one or one of an earlier term: compared"),
    )  # may be copied from
    GIVEN = "given", _("given to everybody, such as code of a lecture: never counts")


class AddedText(Tracked):
    """A text that a course adds to an assignment's comparison."""

    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="added_texts")
    kind = models.CharField(max_length=16, choices=TextKind.choices, default=TextKind.SOLUTION)
    title = models.CharField(max_length=200)
    text = models.TextField(max_length=ADDED_CHARACTERS)

    class Meta:
        ordering = ["title", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=TextKind.values), name="an_added_text_has_a_known_kind"),
            models.CheckConstraint(condition=~Q(title="") & ~Q(text=""), name="an_added_text_says_something"),
        ]

    def __str__(self) -> str:
        return self.title


class Comparison(models.Model):
    """The comparison of an assignment's submissions that was asked for last; its pairs are those of the last that ended."""

    assignment = models.OneToOneField(Assignment, on_delete=models.CASCADE, related_name="comparison")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    texts = models.PositiveIntegerField(default=0, help_text=_("How many were compared."))
    missing = models.PositiveIntegerField(default=0, help_text=_("Submissions whose files were not at hand."))
    pairs = models.JSONField(default=list)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"comparison of {self.assignment}"
