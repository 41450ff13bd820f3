"""WizardDraft: what somebody has answered so far in a wizard, kept until the thing is made or the draft is thrown away."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from course_admin.courses.models import Course


class Wizard(models.TextChoices):
    """What is being made."""

    COURSE = "course", _("course set-up")
    ASSIGNMENT = "assignment", _("new assignment")


class WizardDraft(models.Model):
    """One person's half-finished answers in one course; nothing but the wizard reads them."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="wizard_drafts")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    wizard = models.CharField(max_length=16, choices=Wizard)
    answers = models.JSONField(default=dict, help_text=_("What was typed, by page and field."))
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["course", "author", "wizard"], name="one_draft_per_wizard_and_person"),
            models.CheckConstraint(condition=Q(wizard__in=Wizard.values), name="a_draft_is_of_a_known_wizard"),
        ]

    def __str__(self) -> str:
        return f"{self.get_wizard_display()} in {self.course}"
