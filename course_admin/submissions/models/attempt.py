"""Attempt: one hand-in. Immutable: what a student handed in, and when, never changes; regrading adds runs."""

import secrets
from collections.abc import Callable, Iterable
from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils.functional import cached_property

from course_admin.assignments.deadlines import deadlines_of
from course_admin.assignments.late import Deadlines
from course_admin.assignments.models import Assignment
from course_admin.courses.models import Enrollment
from course_admin.submissions.models.push import Push

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # nothing that is mistaken for something else when read aloud


def new_public_id() -> str:
    """Return an attempt's name in addresses: about 78 random bits, so that none can be guessed from another."""
    return "att_" + "".join(secrets.choice(_ALPHABET) for _ in range(16))


def _for_whom(condition: Callable[[str], Q]) -> Q:
    """Return the condition that an attempt counts for somebody of whom `condition` holds, given the path to them."""
    shared = Attempt.partners.through.objects.filter(condition("enrollment__"))
    return condition("student__") | Q(pk__in=shared.values("attempt"))


class AttemptQuerySet(models.QuerySet["Attempt"]):
    """Questions about attempts."""

    def of(self, student: Enrollment, assignment: Assignment) -> "AttemptQuerySet":
        """One student's attempts of one assignment, what their group handed in included."""
        return self.of_any([student], assignment)

    def of_any(self, students: Iterable[Enrollment], assignment: Assignment) -> "AttemptQuerySet":
        """Those of one assignment that count for at least one of some students."""
        keys = [student.pk for student in students]
        return self.filter(_for_whom(lambda path: Q(**{f"{path}pk__in": keys})), assignment=assignment)

    def graded_by_themselves(self) -> "AttemptQuerySet":
        """Those that use up one of an attempt limit: what a push had judged; never what failed on our side, or staff asked for."""
        return self.filter(runs__reason="push", runs__state__in=("dispatched", "running", "graded")).distinct()

    def by_arrival(self) -> "AttemptQuerySet":
        """In the order in which this server heard of them; what was found by asking counts from earlier than that."""
        return self.order_by(Coalesce("push__found_at", "received_at"), "pk")

    def with_names(self) -> "AttemptQuerySet":
        """With everything a list shows, in a constant number of queries."""
        return self.select_related("student", "assignment__course", "push").prefetch_related("runs", "partners")


class Attempt(models.Model):
    """One hand-in of one student: a tree, and the moment it arrived here."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    student = models.ForeignKey(Enrollment, on_delete=models.PROTECT, related_name="attempts")
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="attempts")
    partners = models.ManyToManyField(
        Enrollment,
        blank=True,
        related_name="shared_attempts",
        help_text="For whom it counts, too: the student's group of then.",
    )
    number = models.PositiveIntegerField(help_text="From 1 for each student, or group, and assignment.")
    push = models.ForeignKey(Push, on_delete=models.PROTECT, null=True, blank=True, related_name="attempts")
    commit_id = models.CharField(max_length=64, blank=True)
    received_at = models.DateTimeField()
    tree_digest = models.CharField(max_length=80, blank=True)
    archive_sha256 = models.CharField(max_length=64, blank=True)
    archive_bytes = models.PositiveBigIntegerField(default=0)
    notes = models.JSONField(default=list, blank=True, help_text="For the student: what was left out of the tree.")
    refusal = models.TextField(blank=True, help_text="Why these files cannot be graded at all; empty if they can.")

    objects = AttemptQuerySet.as_manager()

    class Meta:
        ordering = ["-received_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["student", "assignment", "number"], name="one_attempt_number_per_student"),
            models.UniqueConstraint(fields=["push", "assignment"], name="one_attempt_per_push_and_assignment"),
            models.CheckConstraint(condition=Q(number__gte=1), name="attempts_are_numbered_from_one"),
            models.CheckConstraint(
                condition=Q(refusal="") ^ Q(archive_sha256=""), name="an_attempt_has_an_archive_or_a_refusal"
            ),
        ]
        indexes = [
            models.Index(fields=["assignment", "student", "-received_at"], name="attempts_of_a_student"),
            models.Index(fields=["-received_at", "-id"], name="attempts_newest_first"),
        ]

    def __str__(self) -> str:
        return f"attempt {self.number} of {self.student} for {self.assignment}"

    @property
    def shown_run(self) -> Any:
        """The run that its report shows: the newest graded one, else the newest; None if there is none.

        Reads `self.runs.all()`, newest first, so that a prefetched list costs no query.
        """
        runs = list(self.runs.all())
        return next((run for run in runs if run.is_graded), runs[0] if runs else None)

    @cached_property
    def terms(self) -> Deadlines:
        """What its student was promised for its assignment."""
        return deadlines_of(self.student, self.assignment)

    @property
    def people(self) -> list[Enrollment]:
        """For whom it counts: who handed it in, then the others of their group."""
        return [self.student, *self.partners.all()]

    def person_of(self, user: Any) -> Enrollment | None:
        """Return the one for whom it counts who holds an account; None for everybody else."""
        return next(
            (each for each in self.people if user is not None and each.account_id and each.account_id == user.pk), None
        )

    @cached_property
    def all_terms(self) -> list[Deadlines]:
        """What everybody for whom it counts was promised."""
        return [self.terms, *(deadlines_of(partner, self.assignment) for partner in self.partners.all())]
