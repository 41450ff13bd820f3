"""AuditEvent: who changed a grade, a deadline or a role, when, from what, to what, and why. Only ever added to."""

from typing import Any, NoReturn

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from course_admin.courses.models.course import Course


class AuditKind(models.TextChoices):
    """What was changed."""

    GRADE = "grade", _("grade")  # an override
    DEADLINE = "deadline", _("deadline")  # due times, hard closes, extensions, accommodations, late policies
    ROLE = "role", _("role")  # what somebody is in a course, with whom, and whether they are
    SUITE = "suite", _("suite")  # that a suite is trusted without a check
    COMMENT = "comment", _("comment")  # what staff say about an attempt
    COURSE = "course", _("course")  # a course's own settings
    ACCESS = "access", _("access")  # accounts, what proves them, and what an administrator gave them


class HistoryRewritten(TypeError):
    """Something tried to change or delete an audit event: a mistake in our code."""


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    """Audit events, which can be added and read."""

    def update(self, **fields: Any) -> NoReturn:
        """Refuse."""
        raise HistoryRewritten("Audit events are never changed.")

    def delete(self) -> NoReturn:
        """Refuse."""
        raise HistoryRewritten("Audit events are never deleted.")


class AuditEvent(models.Model):
    """One change; `before` and `after` hold the changed fields by name, null for what did not exist."""

    course = models.ForeignKey(
        Course,
        on_delete=models.PROTECT,
        null=True,
        related_name="audit_events",
        help_text=_("Empty: of no course, as suites are."),
    )
    kind = models.CharField(max_length=16, choices=AuditKind.choices)
    subject = models.CharField(max_length=300, help_text=_("What was changed, in words."))
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        help_text=_("Empty: a command."),
    )
    at = models.DateTimeField()
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    reason = models.TextField(blank=True)

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=AuditKind.values), name="an_audit_event_has_a_known_kind")
        ]
        indexes = [models.Index(fields=["course", "-at"], name="audit_events_of_a_course")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.subject}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add the event; refuse to change it."""
        if not self._state.adding:
            raise HistoryRewritten("Audit events are never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse."""
        raise HistoryRewritten("Audit events are never deleted.")
