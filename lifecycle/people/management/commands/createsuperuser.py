"""`manage.py createsuperuser`: the address needs no link, since a new site may send no mail."""

from typing import Any

from django.contrib.auth.management.commands import createsuperuser

from lifecycle.people.email import addresses
from lifecycle.people.models import User


class Command(createsuperuser.Command):
    """As Django's. Whoever may run it vouches for the address."""

    def handle(self, *args: Any, **options: Any) -> None:
        newest = User.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        super().handle(*args, **options)
        for person in User.objects.filter(pk__gt=newest, is_superuser=True):
            if addresses.is_taken(person.email, but=person):
                self.stderr.write("Another account has confirmed this address; choose another one.")
            else:
                addresses.confirm(person)
