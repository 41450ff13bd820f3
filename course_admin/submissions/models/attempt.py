"""Attempt: one hand-in. What a student handed in never changes; regrading adds runs.

From when it counts is made earlier once its host shows that, and never later.
"""

import secrets
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import models
from django.db.models import F, OrderBy, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from course_admin.assignments.deadlines import deadlines_of
from course_admin.assignments.late import Deadlines
from course_admin.assignments.models import Assignment
from course_admin.courses.models import Enrollment
from course_admin.submissions.models.push import Push
from course_admin.submissions.models.upload import Upload

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # nothing that is mistaken for something else when read aloud


def new_public_id() -> str:
    """Return an attempt's name in addresses: about 78 random bits, so that none can be guessed from another."""
    return "att_" + "".join(secrets.choice(_ALPHABET) for _ in range(16))


def arrival(through: str = "") -> list[OrderBy]:
    """Return what attempts are ordered by, the first that arrived first; `through`: what leads to them, as `attempt__`.

    What was found by asking its host counts from earlier than it arrived; of two pushes the host's own clock says which came
    first, and of one second of it they do themselves.
    """
    moment = Coalesce(f"{through}push__found_at", f"{through}push__pushed_at", f"{through}received_at")
    return [moment.asc(), Coalesce(f"{through}push__place", 0).asc(), F(f"{through}pk").asc()]


class AttemptQuerySet(models.QuerySet["Attempt"]):
    """Questions about attempts."""

    def of(self, student: Enrollment, assignment: Assignment) -> "AttemptQuerySet":
        """One student's attempts of one assignment, what their group handed in included."""
        return self.filter(members=student, assignment=assignment)

    def of_any(self, students: Iterable[Enrollment], assignment: Assignment) -> "AttemptQuerySet":
        """Those of one assignment that count for at least one of some students."""
        of_some = AttemptMember.objects.filter(student__in=[student.pk for student in students], assignment=assignment)
        return self.filter(pk__in=of_some.values("attempt"))

    def graded_by_themselves(self, with_queued: bool = False) -> "AttemptQuerySet":
        """Those that use up one of an attempt limit: what a push had judged; never what failed on our side, or staff asked for.

        with_queued: and what waits to be judged.
        """
        states = ("queued",) if with_queued else ()
        return self.filter(runs__reason="push", runs__state__in=(*states, "dispatched", "running", "graded")).distinct()

    def by_arrival(self) -> "AttemptQuerySet":
        """In the order in which this server heard of them; what was found by asking counts from earlier than that."""
        return self.order_by(*arrival())

    def hand_in(self, *, people: Sequence[Enrollment], **fields: Any) -> "Attempt":
        """Make an attempt that counts for some people, the first of whom hands it in."""
        attempt: Attempt = self.create(**fields)
        attempt.count_for(people)
        return attempt

    def with_names(self) -> "AttemptQuerySet":
        """With everything a list shows, in a constant number of queries."""
        shown = self.select_related("assignment__course", "push__repository", "upload").defer("upload__held")
        return shown.prefetch_related("runs").with_people()

    def with_people(self) -> "AttemptQuerySet":
        """With everybody for whom they count, in one query more."""
        return self.prefetch_related("memberships__student")


class Attempt(models.Model):
    """One hand-in: a tree, and the moment it arrived here. For whom it counts, AttemptMember says."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="attempts")
    members = models.ManyToManyField(Enrollment, through="AttemptMember", related_name="attempts")
    number = models.PositiveIntegerField(help_text=_("From 1 for each student, or group, and assignment."))
    push = models.ForeignKey(Push, on_delete=models.PROTECT, null=True, blank=True, related_name="attempts")
    upload = models.OneToOneField(Upload, on_delete=models.PROTECT, null=True, blank=True, related_name="attempt")
    commit_id = models.CharField(max_length=64, blank=True)
    received_at = models.DateTimeField()
    tree_digest = models.CharField(max_length=80, blank=True)
    archive_sha256 = models.CharField(max_length=64, blank=True)
    archive_bytes = models.PositiveBigIntegerField(default=0)
    notes = models.JSONField(default=list, blank=True, help_text=_("For the student: what was left out of the tree."))
    refusal = models.TextField(blank=True, help_text=_("Why these files cannot be graded at all; empty if they can."))

    objects = AttemptQuerySet.as_manager()

    class Meta:
        ordering = ["-received_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["push", "assignment"], name="one_attempt_per_push_and_assignment"),
            models.CheckConstraint(condition=Q(number__gte=1), name="attempts_are_numbered_from_one"),
            models.CheckConstraint(
                condition=Q(push__isnull=True) | Q(upload__isnull=True), name="an_attempt_came_in_by_one_way"
            ),
            models.CheckConstraint(
                condition=Q(refusal="") ^ Q(archive_sha256=""), name="an_attempt_has_an_archive_or_a_refusal"
            ),
        ]
        indexes = [
            models.Index(fields=["-received_at", "-id"], name="attempts_newest_first"),
        ]

    def __str__(self) -> str:
        return gettext("attempt {number} of {student} for {assignment}").format(
            number=self.number, student=self.student, assignment=self.assignment
        )

    @property
    def recorded_name(self) -> str:
        """What the audit log calls it: in English, whoever acts, and worded anew for its reader (`audit_log/stored_words.py`)."""
        return f"attempt {self.number} of {self.student} for {self.assignment}"

    @property
    def shown_run(self) -> Any:
        """The run that its report shows: the newest graded one, else the newest; None if there is none.

        Reads `self.runs.all()`, newest first, so that a prefetched list costs no query.
        """
        runs = list(self.runs.all())
        return next((run for run in runs if run.is_graded), runs[0] if runs else None)

    @property
    def student(self) -> Enrollment:
        """Who handed it in."""
        return self.people[0]

    @cached_property
    def terms(self) -> Deadlines:
        """What its student was promised for its assignment."""
        return deadlines_of(self.student, self.assignment)

    @property
    def people(self) -> list[Enrollment]:
        """For whom it counts: who handed it in, then the others of their group."""
        return [each.student for each in self.memberships.all()]

    def count_for(self, people: Sequence[Enrollment]) -> None:
        """Let it count for some people, the first of whom handed it in; it counts for nobody yet."""
        AttemptMember.objects.bulk_create(
            AttemptMember(
                attempt=self,
                student=person,
                assignment=self.assignment,
                number=self.number,
                is_submitter=place == 0,
            )
            for place, person in enumerate(people)
        )

    def person_of(self, user: Any) -> Enrollment | None:
        """Return the one for whom it counts who holds an account; None for everybody else."""
        return next(
            (each for each in self.people if user is not None and each.account_id and each.account_id == user.pk), None
        )

    @cached_property
    def all_terms(self) -> list[Deadlines]:
        """What everybody for whom it counts was promised."""
        return [self.terms, *(deadlines_of(other, self.assignment) for other in self.people[1:])]


class AttemptMemberQuerySet(models.QuerySet["AttemptMember"]):
    """Questions about for whom attempts count."""

    def newest_of_each(self) -> "AttemptMemberQuerySet":
        """Of each student the attempt that arrived last, among these."""
        of_student = self.filter(student=OuterRef("student")).order_by(*arrival("attempt__")).reverse()
        return self.filter(attempt=Subquery(of_student.values("attempt")[:1]))


class AttemptMember(models.Model):
    """One of those for whom an attempt counts: who handed it in, and their group of then. Immutable, as the attempt is.

    Assignment and number are the attempt's own, so that the database keeps each person's numbers apart.
    """

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="memberships")
    student = models.ForeignKey(Enrollment, on_delete=models.PROTECT, related_name="attempt_memberships")
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    is_submitter = models.BooleanField(default=False, help_text=_("Who handed it in."))

    objects = AttemptMemberQuerySet.as_manager()

    class Meta:
        ordering = ["attempt", "-is_submitter", "student"]
        constraints = [
            models.UniqueConstraint(fields=["attempt", "student"], name="an_attempt_counts_once_for_a_student"),
            models.UniqueConstraint(
                fields=["attempt"], condition=Q(is_submitter=True), name="one_student_hands_an_attempt_in"
            ),
            models.UniqueConstraint(fields=["student", "assignment", "number"], name="one_attempt_number_per_student"),
        ]

    def __str__(self) -> str:
        return f"{self.student}"
