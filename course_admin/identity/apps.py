"""The app `identity`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IdentityConfig(AppConfig):
    """Accounts, and what their owners have proven to be; it ties allauth's log-ins to rosters."""

    name = "course_admin.identity"
    label = "identity"
    verbose_name = _("Accounts")

    def ready(self) -> None:
        """Say how its tables are audited, and hear of identities that are connected."""
        from allauth.socialaccount.signals import social_account_added

        from course_admin.identity.adapters import keep_connected
        from course_admin.identity.audit import register

        register()
        social_account_added.connect(keep_connected, dispatch_uid="keep_connected")
