"""ApiToken: a credential of a program that acts for an account, in some scopes. Only its digest is kept."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from course_admin.tracked import Tracked


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    """Questions about tokens."""

    def good(self, at: datetime) -> "ApiTokenQuerySet":
        """Those that open something; a new password of its account ends one, as it ends sessions."""
        lasting = Q(expires_at__isnull=True) | Q(expires_at__gt=at)
        since = Q(account__credential_set_at__isnull=True) | Q(made_at__gte=F("account__credential_set_at"))
        return self.filter(lasting, since, revoked_at__isnull=True, account__is_active=True)


class ApiToken(Tracked):
    """One token. It may never do more than its account, and less where its scopes say so."""

    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=100, help_text=_("What it is for, such as the laptop that holds it."))
    digest = models.CharField(max_length=64, unique=True, editable=False)
    may_read = models.BooleanField("read", default=True, help_text=_("List courses and assignments, read attempts."))
    may_submit = models.BooleanField("submit", default=False, help_text=_("Hand in."))
    may_read_grades = models.BooleanField("gradebook", default=False, help_text=_("Read gradebooks, as staff."))
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        ordering = ["-made_at", "-id"]
        verbose_name = _("API token")
        constraints = [
            models.CheckConstraint(
                condition=Q(may_read=True) | Q(may_submit=True) | Q(may_read_grades=True), name="a_token_has_a_scope"
            ),
            models.CheckConstraint(
                condition=Q(expires_at__isnull=True) | Q(expires_at__gt=models.F("made_at")),
                name="a_token_ends_after_it_was_made",
            ),
        ]

    def __str__(self) -> str:
        return self.name
