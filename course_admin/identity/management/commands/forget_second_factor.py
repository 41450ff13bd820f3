"""`manage.py forget_second_factor ADDRESS`: let somebody who lost their second factor, and its codes, set up another."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from course_admin.identity.guards.factors import forget_factors
from course_admin.identity.models import User
from course_admin.identity.proven.email import fold_email
from course_admin.liveness.clock import now


class Command(BaseCommand):
    """Forget the second factors of one account."""

    help = "Forget the second factors of an account, after you made sure who asks."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the account's address."""
        parser.add_argument("address", help="the e-mail address that the account is named by")

    def handle(self, *args: Any, **options: Any) -> None:
        """Forget them, and say how many there were."""
        user = User.objects.filter(email=fold_email(options["address"])).first()
        if user is None:
            raise CommandError(f"There is no account {options['address']}.")
        self.stdout.write(f"Second factors of {user} that are forgotten: {forget_factors(account=user, at=now())}.")
