"""User and ProvenIdentity: the accounts, named by e-mail addresses, and what their owners have proven to be.

An identity is made by its owner alone, by logging in with it. Staff may detach it from its account and never write one: a
roster holds claims, which are matched to what was proven.
"""

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from course_admin.identity.proven.email import fold_email
from course_admin.private_sqlite.names import NAMES
from course_admin.tracked import Tracked


class UserManager(BaseUserManager["User"]):
    """Makes and finds accounts; addresses are compared by one fold."""

    def get_by_natural_key(self, username: str | None) -> "User":
        """Return the account of an address. Raises DoesNotExist; no account is found by having none."""
        return self.get(email=fold_email(username or "")) if username else self.none().get()

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Make an account that logs in with a password."""
        user = self.model(email=fold_email(email), **fields)
        user.set_password(password)
        user.save()
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Make an administrator; `manage.py createsuperuser` asks for it."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin, Tracked):
    """One account. What it may do follows from its places on rosters, or from being an administrator."""

    email = models.EmailField(
        unique=True,
        null=True,
        blank=True,
        help_text=_("The name to log in with; empty for who logs in elsewhere only."),
    )
    name = models.CharField(max_length=200, blank=True, db_collation=NAMES)
    is_active = models.BooleanField(default=True, help_text=_("Untick it instead of deleting an account."))
    is_staff = models.BooleanField(
        "may look", default=False, help_text=_("May enter the back office and look at what the permissions below name.")
    )
    language = models.CharField(
        max_length=16, blank=True, default="", help_text=_("Of pages and mails; empty: what the browser asks for.")
    )
    credential_set_at = models.DateTimeField(null=True, blank=True, editable=False)
    date_joined = models.DateTimeField(default=timezone.now)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = []

    class Meta:
        ordering = ["name", "email", "id"]
        constraints = [models.CheckConstraint(condition=~Q(email=""), name="an_account_has_an_address_or_none")]

    def __str__(self) -> str:
        return self.name or self.email or f"account {self.pk}"

    def clean(self) -> None:
        """Keep the address as it is compared."""
        self.email = fold_email(self.email) if self.email else None

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Return what sessions are tied to: the password, and when what opens the account was last set or taken off."""
        of_password: str = super()._get_session_auth_hash(secret)  # type: ignore[misc]  # unknown to its stubs
        return f"{of_password}.{self.credential_set_at.timestamp()}" if self.credential_set_at else of_password

    def get_full_name(self) -> str:
        """Return what to call the person."""
        return str(self)


class IdentityKind(models.TextChoices):
    """What was proven."""

    GITHUB = "github", _("GitHub account")  # the subject is its number: a login can change hands
    OIDC = "oidc", _("university account (OpenID Connect)")
    SAML = "saml", _("university account (SAML)")
    LTI = "lti", _("account in a learning platform (LTI)")  # the issuer is the platform's, with our client id there
    EMAIL = "email", _("e-mail address")  # verified by whoever the log-in was with


class ProvenIdentity(Tracked):
    """One thing that an account's owner proved by logging in with it; it is nobody else's as long as it stands."""

    account = models.ForeignKey(User, on_delete=models.CASCADE, related_name="identities")
    kind = models.CharField(max_length=16, choices=IdentityKind.choices)
    issuer = models.CharField(
        max_length=300, blank=True, help_text=_("Who vouches for it, where there can be several.")
    )
    subject = models.CharField(max_length=300, help_text=_("What stays the same whatever it is renamed to."))
    label = models.CharField(max_length=300, blank=True, help_text=_("What it was called at the last log-in."))
    proven_at = models.DateTimeField(help_text=_("When it was last proven."))

    class Meta:
        ordering = ["account", "kind", "id"]
        verbose_name = _("proven identity")
        verbose_name_plural = _("proven identities")
        constraints = [
            models.UniqueConstraint(fields=["kind", "issuer", "subject"], name="an_identity_is_one_accounts"),
            models.CheckConstraint(condition=~Q(subject=""), name="an_identity_has_a_subject"),
            models.CheckConstraint(condition=Q(kind__in=IdentityKind.values), name="an_identity_is_of_a_known_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.label or self.subject}"
