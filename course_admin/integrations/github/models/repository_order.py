"""RepositoryTemplate, RepositoryOrder, RepositoryMember: what students' repositories are made from, and how far each is."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from course_admin.assignments.models import Assignment
from course_admin.courses.models import Enrollment, Group
from course_admin.tracked import Tracked


class RepositoryTemplate(Tracked):
    """The template repository from which students get their own for an assignment."""

    assignment = models.OneToOneField(Assignment, on_delete=models.CASCADE, related_name="repository_template")
    full_name = models.CharField("template", max_length=200, help_text=_("Owner and name, as in tinytorch-class/m01."))

    class Meta:
        ordering = ["assignment"]

    def __str__(self) -> str:
        return self.full_name


class OrderState(models.TextChoices):
    """How far a repository is."""

    WAITING = "waiting", _("waiting to be made")
    MADE = "made", _("made; its student is invited next")
    READY = "ready", _("ready")
    FAILED = "failed", _("not made")


class RepositoryOrder(models.Model):
    """One student's or group's repository for one assignment, from a click to the first push; killed anywhere, it goes on."""

    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="repository_orders")
    student = models.ForeignKey(Enrollment, on_delete=models.CASCADE, related_name="repository_orders")
    group = models.ForeignKey(
        Group,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="repository_orders",
        help_text=_(
            "Whose it is, if it is a group's: then it is bound to one student of it, and the others are members."
        ),
    )
    github_id = models.BigIntegerField(help_text=_("Who gets it, by GitHub's number."))
    full_name = models.CharField(max_length=200, blank=True, help_text=_("As decided before it was made."))
    login = models.CharField(max_length=39, blank=True, help_text=_("What that number was called then."))
    state = models.CharField(max_length=16, choices=OrderState.choices, default=OrderState.WAITING)
    asked_at = models.DateTimeField()
    begun_at = models.DateTimeField(null=True, blank=True, help_text=_("When GitHub was asked to make it."))
    next_try_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    words = models.TextField(blank=True, help_text=_("Why it is not made, or not yet."))

    class Meta:
        ordering = ["assignment", "student"]
        constraints = [
            models.UniqueConstraint(fields=["assignment", "student"], name="one_repository_order_per_student"),
            models.UniqueConstraint(fields=["assignment", "group"], name="one_repository_order_per_group"),
        ]
        indexes = [models.Index(fields=["state", "next_try_at"], name="repository_orders_due")]

    def __str__(self) -> str:
        return self.full_name or f"a repository for {self.student_id}"

    @property
    def is_open(self) -> bool:
        """Whether something is still to be done."""
        return self.state in (OrderState.WAITING, OrderState.MADE)


class RepositoryMember(models.Model):
    """Somebody else who has access to a group's repository, or gets it next."""

    order = models.ForeignKey(RepositoryOrder, on_delete=models.CASCADE, related_name="members")
    student = models.ForeignKey(Enrollment, on_delete=models.CASCADE, related_name="repository_memberships")
    github_id = models.BigIntegerField(help_text=_("Who gets access, by GitHub's number."))
    given_at = models.DateTimeField(null=True, blank=True, help_text=_("When GitHub was asked to give it."))

    class Meta:
        ordering = ["order", "student"]
        constraints = [
            models.UniqueConstraint(fields=["order", "student"], name="one_membership_per_repository_and_student"),
        ]

    def __str__(self) -> str:
        return f"{self.student} in {self.order}"
