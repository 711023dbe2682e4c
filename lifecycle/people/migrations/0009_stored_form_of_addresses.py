"""Addresses that are there already, in the one form in which they are compared.

Where two accounts would become one, or an address can't be written to, the row is left as it is and
named in the log by its number.
"""

import logging
from typing import Any

from django.db import migrations

from lifecycle.people.email.normalization import NotAnAddress, stored_form

log = logging.getLogger(__name__)


def convert(apps: Any, schema_editor: Any) -> None:
    User = apps.get_model("people", "User")
    EmailAddress = apps.get_model("account", "EmailAddress")
    for row in User.objects.order_by("pk").only("pk", "email").iterator():
        if stored := _other_form(row):
            main = User.objects.filter(email=stored).exclude(pk=row.pk)
            confirmed = EmailAddress.objects.filter(email=stored, verified=True)
            if main.exists() or confirmed.exclude(user=row.pk).exists():
                log.warning("Person %s has an address that is another person's too.", row.pk)
            else:
                User.objects.filter(pk=row.pk).update(email=stored)
    for row in EmailAddress.objects.order_by("-verified", "pk").iterator():
        if stored := _other_form(row):
            same = EmailAddress.objects.filter(email=stored)
            main = User.objects.filter(email=stored).exclude(pk=row.user_id)
            taken = same.filter(user=row.user_id) | same.filter(verified=True)
            if taken.exists() or main.exists():
                log.warning("Address row %s is there in another form already.", row.pk)
            else:
                EmailAddress.objects.filter(pk=row.pk).update(email=stored)


def _other_form(row: Any) -> str:
    """The stored form, where it is another than what is there; empty for what has none."""
    try:
        stored = stored_form(row.email)
    except NotAnAddress:
        log.warning("%s %s has an address that no mail goes to.", type(row).__name__, row.pk)
        return ""
    return stored if stored != row.email else ""


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0008_address_is_checked"),
        ("account", "0009_emailaddress_unique_primary_email"),
    ]

    operations = [migrations.RunPython(convert, migrations.RunPython.noop)]
