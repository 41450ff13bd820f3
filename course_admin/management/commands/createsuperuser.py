"""`manage.py createsuperuser`: Django's, with an event in the audit log: an administrator may do nearly everything."""

from typing import Any

from django.contrib.auth.management.commands import createsuperuser

from course_admin.courses.audit import record_made
from course_admin.identity.guards.factors import BY_OPERATOR
from course_admin.identity.models import User
from course_admin.liveness.clock import now


class Command(createsuperuser.Command):
    """Make an administrator."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the account, and record that it was made."""
        before = set(User.objects.values_list("pk", flat=True))
        super().handle(*args, **options)
        for account in User.objects.filter(is_superuser=True).exclude(pk__in=before):
            record_made(thing=account, actor=None, at=now(), reason=BY_OPERATOR)
