"""What the review desk's lists and its dashboard read; built without blocking writes."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("requests_app", "0004_grants_and_keys")]

    operations = [
        AddIndexConcurrently(
            "accessrequest",
            models.Index(fields=["-created_at", "-id"], name="requests_newest_first"),
        ),
        AddIndexConcurrently(
            "accessrequest",
            models.Index(
                fields=["closed_at"],
                condition=models.Q(state__in=("approved", "denied", "expired")),
                name="requests_by_end",
            ),
        ),
    ]
