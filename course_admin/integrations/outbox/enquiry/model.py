"""Enquiry: what every table has in common that holds the answer to something which who leads a course asked for on a page."""

from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

#: So long an answer is waited for: the message, or who worked on it, may have been lost. One that comes later is kept as well.
LONGEST = timedelta(hours=1)


class Enquiry(models.Model):
    """One question, and its answer, which takes longer than a page may. Nothing follows from it by itself.

    A kind of question is a table that adds what it is about (`about` names the field), one row for each, and what it keeps of
    the answer, empty by default. Most are about the link of a course to its LMS.
    """

    about: ClassVar[str] = "link"
    link: Any
    link_id: Any

    asked_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True, help_text=_("Empty: there is no answer yet."))
    words = models.TextField(blank=True, help_text=_("Why there is no answer."))
    done = models.PositiveIntegerField(default=0, help_text=_("How much of the answer has come so far."))
    total = models.PositiveIntegerField(
        null=True, blank=True, help_text=_("How much it will be. Empty: the LMS does not say before its end.")
    )

    class Meta:
        abstract = True
        ordering = ["link"]
        constraints = [
            models.CheckConstraint(
                condition=Q(words="") | Q(read_at__isnull=True), name="%(class)s_has_an_answer_or_says_why_not"
            )
        ]

    def is_waiting(self, at: datetime) -> bool:
        """Say whether an answer is waited for."""
        return self._is_open and at < self.asked_at + LONGEST

    def is_lost(self, at: datetime) -> bool:
        """Say whether no answer came in time, though nothing says why."""
        return self._is_open and not self.is_waiting(at)

    @property
    def _is_open(self) -> bool:
        return self.read_at is None and not self.words
