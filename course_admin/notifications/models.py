"""News and Preference: what somebody is told, once; and how often they want which kind by mail.

A piece of news is the ledger of its own mail: a row for each person, kind and thing, which the database keeps apart. A mail is
claimed before it leaves, by a name that stays the same however often it is tried, and becomes its Message-ID.
"""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from course_admin.assignments.models import Assignment
from course_admin.submissions.models import Attempt

CLAIM = timedelta(minutes=10)  # so long a mail is being sent by somebody; after it, they died


class Kind(models.TextChoices):
    """What happened."""

    GRADED = "graded", _("An attempt of yours is graded")
    COMMENT = "comment", _("Somebody comments on an attempt")
    ANSWER = "answer", _("Your request for a regrade is decided")
    EXTENSION = "extension", _("You are given more time")
    RECEIPT = "receipt", _("What you handed in has arrived, with its signed receipt")
    DUE = "due", _("Something is due within a day, and you have not handed in")


class How(models.TextChoices):
    """How often somebody wants a mail."""

    AT_ONCE = "at_once", _("at once")
    DAILY = "daily", _("once a day")
    NEVER = "never", _("never")


class NewsQuerySet(models.QuerySet["News"]):
    """Questions about news."""

    def unread(self, user: Any) -> "NewsQuerySet":
        """Those that somebody has not read."""
        return self.filter(account=user, read_at__isnull=True)

    def to_mail(self, at: datetime) -> "NewsQuerySet":
        """Those whose mail should leave now, and that nobody is sending."""
        unsent = self.filter(mail_at__lte=at, mailed_at__isnull=True)
        return unsent.filter(Q(sending_at__isnull=True) | Q(sending_at__lt=at - CLAIM)).order_by("pk")


class News(models.Model):
    """One thing that one person is told. What it says is made from what it is about, and holds no points and no check."""

    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="news")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    thing = models.CharField(max_length=80, help_text=_("What it is about, by a name that is its own among its kind."))
    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="+")
    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    place = models.CharField(max_length=40, blank=True, help_text=_("Where on the attempt's page."))
    due_at = models.DateTimeField(
        null=True, blank=True, help_text=_("Until when the person has time, if it is about that.")
    )
    happened_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    mail_at = models.DateTimeField(null=True, blank=True, help_text=_("From then on it is mailed; empty: never."))
    mail_id = models.CharField(
        max_length=40, blank=True, help_text=_("The mail in which it leaves; several may share one.")
    )
    sending_at = models.DateTimeField(null=True, blank=True, help_text=_("When somebody began to send it."))
    mailed_at = models.DateTimeField(null=True, blank=True)

    objects = NewsQuerySet.as_manager()

    class Meta:
        ordering = ["-happened_at", "-pk"]
        verbose_name_plural = _("news")
        constraints = [
            models.UniqueConstraint(fields=["account", "kind", "thing"], name="everybody_is_told_a_thing_once"),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="news_are_of_a_known_kind"),
            models.CheckConstraint(
                condition=Q(mailed_at__isnull=True) | ~Q(mail_id="") & Q(mail_at__isnull=False),
                name="what_was_mailed_left_in_a_mail",
            ),
        ]
        indexes = [
            models.Index(fields=["account"], condition=Q(read_at__isnull=True), name="unread_news"),
            models.Index(fields=["mail_at"], condition=Q(mailed_at__isnull=True), name="news_to_mail"),
            models.Index(fields=["kind", "-happened_at"], name="news_by_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.thing} for {self.account}"


class Preference(models.Model):
    """How often somebody wants mails of one kind; without a row, as `preferences.DEFAULTS` says."""

    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="mail_preferences")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    how = models.CharField(max_length=16, choices=How.choices)

    class Meta:
        ordering = ["account", "kind"]
        constraints = [
            models.UniqueConstraint(fields=["account", "kind"], name="one_preference_per_person_and_kind"),
            models.CheckConstraint(
                condition=Q(kind__in=Kind.values, how__in=How.values), name="a_preference_says_something_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account}: {self.kind} {self.how}"
