"""Cluster and Met: failures that look alike and that somebody answered, split or merged; and who was ever among them.

What nobody touched is no row: it is worked out anew whenever somebody looks.
"""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from course_admin.assignments.models import Assignment
from course_admin.courses.models import Enrollment
from course_admin.tracked import Tracked

TITLE_CHARACTERS, ANSWER_CHARACTERS = 200, 4_000


class Cluster(Tracked):
    """One mistake of an assignment, as staff see it.

    `parts` lists sets of digests of signatures: somebody is in it whose run has at least half of the digests of one part.
    """

    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="clusters")
    title = models.CharField(max_length=TITLE_CHARACTERS)
    parts = models.JSONField(default=list)
    answer = models.TextField(max_length=ANSWER_CHARACTERS, blank=True, help_text=_("Whoever is in it reads this."))
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(answer="", author__isnull=True, answered_at__isnull=True)
                | ~Q(answer="") & Q(author__isnull=False, answered_at__isnull=False),
                name="an_answer_has_an_author_and_a_time",
            ),
            models.CheckConstraint(condition=~Q(title=""), name="a_cluster_has_a_title"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def sets(self) -> list[frozenset[str]]:
        """Its parts as sets."""
        return [frozenset(part) for part in self.parts]

    def holds(self, digests: Any) -> bool:
        """Whether a run with these digests is in it."""
        return any(2 * len(part & digests) >= len(part) for part in self.sets if part)


class Met(models.Model):
    """A student was in a cluster; whether they still are, their newest run says."""

    cluster = models.ForeignKey(Cluster, on_delete=models.CASCADE, related_name="met")
    student = models.ForeignKey(Enrollment, on_delete=models.CASCADE, related_name="+")
    since = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["cluster", "student"], name="a_student_meets_a_cluster_once")]

    def __str__(self) -> str:
        return f"{self.student} in {self.cluster}"
