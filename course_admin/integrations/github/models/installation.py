"""Installation, Rerequest: where our App is, and what GitHub's buttons asked for."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class InstallationQuerySet(models.QuerySet["Installation"]):
    """Questions about installations."""

    def active(self) -> "InstallationQuerySet":
        """Those that give tokens."""
        return self.filter(ended_at__isnull=True, suspended_at__isnull=True)

    def of_owner(self, full_name: str) -> "InstallationQuerySet":
        """Those of the owner in a repository's full name, the newest first."""
        return self.filter(account_login__iexact=full_name.partition("/")[0]).order_by("-number")


class Installation(models.Model):
    """Our App in one organisation, or with one person, as GitHub last told of it."""

    number = models.BigIntegerField(unique=True, help_text=_("GitHub's number of the installation."))
    account_id = models.BigIntegerField(help_text=_("Whose it is, by GitHub's number."))
    account_login = models.CharField(max_length=100)
    permissions = models.JSONField(default=dict, help_text=_("What it was granted, as in {'checks': 'write'}."))
    suspended_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True, help_text=_("When it was uninstalled."))
    known_at = models.DateTimeField(
        help_text=_("Since when it is known here: of what came before, nothing is shown there.")
    )
    told_at = models.DateTimeField(help_text=_("As of when: what GitHub tells that is older changes nothing."))
    quiet_until = models.DateTimeField(null=True, blank=True, help_text=_("GitHub asked to be left alone until then."))

    objects = InstallationQuerySet.as_manager()

    class Meta:
        ordering = ["account_login", "-number"]

    def __str__(self) -> str:
        return f"the App in {self.account_login}"

    def may(self, name: str, level: str = "write") -> bool:
        """Say whether it was granted a permission; who may write may read."""
        granted = self.permissions.get(name)
        return granted == level or (level == "read" and granted in ("write", "admin"))

    def is_quiet(self, at: datetime) -> bool:
        """Whether GitHub asked to be left alone."""
        return self.quiet_until is not None and self.quiet_until > at


class Rerequest(models.Model):
    """One delivery that asked for another run, by GitHub's own button: it is done once, however often it is delivered."""

    delivery_id = models.CharField(max_length=64, unique=True)
    sender_id = models.BigIntegerField(help_text=_("Who pressed it, by GitHub's number."))
    came_at = models.DateTimeField()
    answer = models.TextField(help_text=_("What was done."))

    class Meta:
        ordering = ["-came_at"]
        constraints = [models.CheckConstraint(condition=~Q(answer=""), name="a_rerequest_has_an_answer")]

    def __str__(self) -> str:
        return self.delivery_id
