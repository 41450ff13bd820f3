"""The app `audit_log`: pages of a table that is the courses'; none of its own."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AuditLogConfig(AppConfig):
    """What was changed, by whom and why, to be read."""

    name = "course_admin.audit_log"
    label = "audit_log"
    verbose_name = _("Audit log")
