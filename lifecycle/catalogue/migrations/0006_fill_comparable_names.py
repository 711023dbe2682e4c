"""Fills them in."""

from typing import Any

from django.db import migrations

from lifecycle.text.normalization import comparable

NAMES = {"Provider": "name", "AIModel": "name"}


def fill(apps: Any, schema_editor: Any) -> None:
    for name, column in NAMES.items():
        rows = apps.get_model("catalogue", name).objects.only("pk", column)
        for row in rows.iterator():
            folded = comparable(getattr(row, column))
            rows.filter(pk=row.pk).update(comparable_name=folded)


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0005_comparable_names")]
    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
