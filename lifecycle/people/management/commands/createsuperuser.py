"""`manage.py createsuperuser`, with the address verified: a new site may not send email yet."""

from typing import Any

from django.contrib.auth.management.commands import createsuperuser

from lifecycle.people.email import addresses
from lifecycle.people.email.normalization import comparable_address
from lifecycle.people.models import User

TAKEN = "Error: Another account has confirmed this address. Choose a different one."


class Command(createsuperuser.Command):
    """Django's command; whoever can run it vouches for the address."""

    email = ""  # the validated address

    def handle(self, *args: Any, **options: Any) -> None:
        known = set(User.objects.filter(is_superuser=True).values_list("pk", flat=True))
        super().handle(*args, **options)
        for person in User.objects.filter(email=self.email).exclude(pk__in=known):
            addresses.confirm(person)

    def _validate_username(self, username: str, *names: str) -> str | None:
        """Return an error, with which Django asks again or raises CommandError."""
        wrong = super()._validate_username(username, *names)  # type: ignore[misc]  # Django's own
        if wrong:
            return str(wrong)
        email = comparable_address(username)
        if addresses.is_taken(email, but=User()):
            return TAKEN
        self.email = email
        return None
