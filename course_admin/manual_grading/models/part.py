"""ManualPart, Question, RubricItem, SavedComment: what of an assignment people grade, and by which rubric."""

from decimal import Decimal

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from course_admin.assignments.models import Assignment
from course_admin.tracked import Tracked

COMMENT_CHARACTERS = 2_000


class ManualPart(Tracked):
    """That some of an assignment's points are given by people: how many percent, and whether they see names meanwhile."""

    assignment = models.OneToOneField(Assignment, on_delete=models.PROTECT, related_name="manual_part")
    share_percent = models.DecimalField(
        max_digits=5,
        decimal_places=2,
        default=Decimal(30),
        validators=[MinValueValidator(0), MaxValueValidator(100)],
        help_text=_("Of the assignment's points; the rest are the suite's."),
    )
    is_blind = models.BooleanField(
        default=True, help_text=_("Who grades sees no names until the assignment's grades are published.")
    )

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(share_percent__gt=0, share_percent__lte=100), name="a_manual_part_has_a_share"
            )
        ]

    def __str__(self) -> str:
        return f"manual part of {self.assignment}"


class Question(Tracked):
    """One question. Its answer's points begin at 0, or at its full points, and never leave 0 to `points`."""

    part = models.ForeignKey(ManualPart, on_delete=models.PROTECT, related_name="questions")
    number = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    guide = models.TextField(blank=True, help_text=_("For who grades."))
    points = models.DecimalField(max_digits=7, decimal_places=2, default=Decimal(10))
    starts_full = models.BooleanField(default=False, help_text=_("Items are deductions from full points."))
    takes_one_item = models.BooleanField(default=False, help_text=_("Choosing an item takes back the one before."))
    answer_paths = models.TextField(
        blank=True, help_text=_("Patterns of files, one a line; the first that fits is read.")
    )
    answer_marker = models.CharField(max_length=200, blank=True, help_text=_("Words of the heading above the answer."))

    class Meta:
        ordering = ["part", "number"]
        constraints = [
            models.UniqueConstraint(fields=["part", "number"], name="one_question_of_a_number"),
            models.CheckConstraint(condition=Q(points__gt=0), name="a_question_has_points"),
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.title}"


class RubricItem(Tracked):
    """One thing that an answer shows or lacks, and what it gives or costs."""

    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="items")
    number = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=200)
    points = models.DecimalField(max_digits=7, decimal_places=2)

    class Meta:
        ordering = ["question", "number"]
        constraints = [
            models.UniqueConstraint(fields=["question", "number"], name="one_item_of_a_number"),
            models.CheckConstraint(condition=~Q(text=""), name="an_item_says_something"),
        ]

    def __str__(self) -> str:
        return self.text


class SavedComment(Tracked):
    """A comment on answers to one question that was kept to be used again, by all who grade."""

    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="saved_comments")
    text = models.TextField(max_length=COMMENT_CHARACTERS)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="a_saved_comment_says_something"),
            models.UniqueConstraint(fields=["question", "text"], name="a_comment_is_saved_once"),
        ]

    def __str__(self) -> str:
        return self.text
