"""The app `identity`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IdentityConfig(AppConfig):
    """Accounts, and what their owners have proven to be; it ties allauth's log-ins to rosters."""

    name = "course_admin.identity"
    label = "identity"
    verbose_name = _("Accounts")

    def ready(self) -> None:
        """Say how its tables are audited, and hear of identities that are connected and of second factors."""
        from allauth.mfa import signals
        from allauth.socialaccount.signals import social_account_added

        from course_admin.identity.adapters import keep_connected
        from course_admin.identity.audit import register
        from course_admin.identity.guards.factors import note_added, note_removed, note_replaced

        register()
        social_account_added.connect(keep_connected, dispatch_uid="keep_connected")
        signals.authenticator_added.connect(note_added, dispatch_uid="note_added")
        signals.authenticator_removed.connect(note_removed, dispatch_uid="note_removed")
        signals.authenticator_reset.connect(note_replaced, dispatch_uid="note_replaced")
