"""`manage.py changepassword ADDRESS`: Django's, for an address in whatever case, with an event in the audit log."""

from typing import Any

from django.contrib.auth.management.commands import changepassword

from course_admin.courses.audit import save_audited
from course_admin.identity.guards.factors import BY_OPERATOR
from course_admin.identity.models import User
from course_admin.identity.proven.email import fold_email
from course_admin.liveness.clock import now


class Command(changepassword.Command):
    """Set an account's password."""

    def handle(self, *args: Any, **options: Any) -> str | None:
        """Set it, and record when."""
        address = fold_email(options["username"] or "")
        done = super().handle(*args, **{**options, "username": address})
        account = User.objects.get(email=address)
        account.credential_set_at = now()
        save_audited(thing=account, actor=None, at=account.credential_set_at, reason=BY_OPERATOR)
        return done
