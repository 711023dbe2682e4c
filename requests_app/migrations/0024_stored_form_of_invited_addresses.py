"""Invited addresses in the form in which those of accounts are stored.

Where one request would have the same address twice, the row is left as it is.
"""

from typing import Any

from django.db import migrations

from lifecycle.people.email.normalization import comparable_address


def convert(apps: Any, schema_editor: Any) -> None:
    Invitation = apps.get_model("requests_app", "Invitation")
    for row in Invitation.objects.order_by("pk").only("pk", "email", "access_request").iterator():
        stored = comparable_address(row.email)
        there = Invitation.objects.filter(access_request=row.access_request_id, email=stored)
        if stored != row.email and not there.exists():
            Invitation.objects.filter(pk=row.pk).update(email=stored)


class Migration(migrations.Migration):
    dependencies = [("requests_app", "0023_usage_batch_answer")]

    operations = [migrations.RunPython(convert, migrations.RunPython.noop)]
