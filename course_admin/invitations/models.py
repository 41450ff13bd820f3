"""Invitation, SelfEnrolment and JoinRequest: by whose leave somebody gets an account and a place.

An invitation's link is signed and holds its public id alone: what it is good for, and until when, stands here. An invitation
proves nothing about who its holder is: it gives one place on one roster to the account that accepts it, once.
"""

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from course_admin.courses.models import Course, Enrollment
from course_admin.identity.proven.email import fold_email
from course_admin.tracked import Tracked

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # nothing that is mistaken for something else when read aloud
GOOD_FOR = timedelta(days=30)


def new_invitation_id() -> str:
    """Return an invitation's name in its link."""
    return "inv_" + "".join(secrets.choice(ALPHABET) for _ in range(16))


def new_code() -> str:
    """Return a course's code: about 49 random bits, which nobody guesses at the few tries that one address has."""
    return "".join(secrets.choice(ALPHABET) for _ in range(10))


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """Questions about invitations."""

    def standing(self) -> "InvitationQuerySet":
        """Those that were neither accepted nor taken back, over or not."""
        return self.filter(accepted_at__isnull=True, revoked_at__isnull=True)

    def to_send(self, at: datetime) -> "InvitationQuerySet":
        """Those whose mail has not left yet, oldest first."""
        unsent = self.standing().filter(mailed_at__isnull=True, expires_at__gt=at).exclude(email="")
        return unsent.select_related("enrollment__course", "invited_by").order_by("pk")


class Invitation(Tracked):
    """One person's invitation to their line of a roster."""

    public_id = models.CharField(max_length=20, unique=True, default=new_invitation_id, editable=False)
    enrollment = models.ForeignKey(Enrollment, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField(blank=True, help_text=_("Where it was sent. Empty: its link was handed over."))
    origin = models.CharField(max_length=300, help_text=_("Scheme and host of its link."))
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    invited_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    mailed_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-invited_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["enrollment"],
                condition=Q(accepted_at__isnull=True, revoked_at__isnull=True),
                name="one_standing_invitation_per_enrollment",
            ),
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True) ^ Q(account__isnull=False),
                name="an_accepted_invitation_says_by_whom",
            ),
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True) | Q(revoked_at__isnull=True),
                name="an_invitation_is_accepted_or_taken_back",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("invited_at")), name="an_invitation_ends_after_it_was_made"
            ),
        ]

    def __str__(self) -> str:
        return f"invitation of {self.enrollment}"

    def is_good(self, at: datetime) -> bool:
        """Say whether it can still be accepted, as far as it stands here."""
        return self.accepted_at is None and self.revoked_at is None and at < self.expires_at


class SelfEnrolment(Tracked):
    """Whether people may join a course as students by themselves, and who."""

    course = models.OneToOneField(Course, on_delete=models.CASCADE, related_name="self_enrolment")
    is_open = models.BooleanField(default=False)
    code = models.CharField(max_length=20, blank=True, help_text=_("Who knows it may join. Empty: nobody by a code."))
    email_domains = models.CharField(
        max_length=500, blank=True, help_text=_("Who proved an address of these domains may join; separated by commas.")
    )
    needs_approval = models.BooleanField(default=True, help_text=_("Staff let each in; else they are in at once."))

    class Meta:
        verbose_name = _("self-enrolment")
        constraints = [
            models.CheckConstraint(
                condition=Q(is_open=False) | ~Q(code="") | ~Q(email_domains=""),
                name="an_open_self_enrolment_has_a_code_or_a_domain",
            )
        ]

    def __str__(self) -> str:
        return f"self-enrolment in {self.course}"

    @property
    def domains(self) -> set[str]:
        """The domains as they are compared."""
        return {fold_email(each).removeprefix("@") for each in self.email_domains.split(",") if each.strip()}


class RequestState(models.TextChoices):
    """What became of a request."""

    WAITING = "waiting", _("waits")
    ACCEPTED = "accepted", _("let in")
    DECLINED = "declined", _("declined")


class JoinRequest(Tracked):
    """Somebody with an account who asked to join a course."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="join_requests")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="join_requests")
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=16, choices=RequestState, default=RequestState.WAITING)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["asked_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["course", "account"], name="one_join_request_per_course_and_account"),
            models.CheckConstraint(condition=Q(state__in=RequestState.values), name="a_join_request_has_a_known_state"),
            models.CheckConstraint(
                condition=Q(state=RequestState.WAITING) ^ Q(decided_at__isnull=False),
                name="a_decided_join_request_says_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} to {self.course}"
