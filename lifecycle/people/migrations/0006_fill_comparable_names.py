"""Fills them in, and makes one of institutions that differ only in how they were typed."""

from typing import Any

from django.db import migrations

from lifecycle.text.normalization import comparable

NAMES = {"Institution": "name", "User": "full_name"}


def fill(apps: Any, schema_editor: Any) -> None:
    for name, column in NAMES.items():
        rows = apps.get_model("people", name).objects.only("pk", column)
        for row in rows.iterator():
            folded = comparable(getattr(row, column))
            rows.filter(pk=row.pk).update(comparable_name=folded)


def merge(apps: Any, schema_editor: Any) -> None:
    """The oldest stays; whoever worked for another one works for it."""
    institutions = apps.get_model("people", "Institution")
    first: dict[str, Any] = {}
    for row in institutions.objects.order_by("pk"):
        kept = first.setdefault(row.comparable_name, row)
        if kept is not row:
            for relation in institutions._meta.related_objects:
                named = relation.related_model.objects.filter(**{relation.field.name: row})
                named.update(**{relation.field.name: kept})
            row.delete()


class Migration(migrations.Migration):
    dependencies = [("people", "0005_comparable_names")]
    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RunPython(merge, migrations.RunPython.noop),
    ]
