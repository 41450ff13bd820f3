"""`manage.py forget_second_factor NAME`: let somebody who lost their second factor, and its codes, set up another."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser


class Command(BaseCommand):
    """Forget the second factors of one account."""

    help = "Forget the second factors of an account, after you made sure who asks."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the account's name."""
        parser.add_argument("name", help="the account's name")

    def handle(self, *args: Any, **options: Any) -> None:
        """Forget them, and say how many there were."""
        user = get_user_model().objects.filter(username=options["name"]).first()
        if user is None:
            raise CommandError(f"There is no account {options['name']}.")
        _, found = Authenticator.objects.filter(user=user).delete()
        self.stdout.write(f"{sum(found.values())} second factors of {user} are forgotten.")
