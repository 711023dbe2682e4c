"""The group whose members edit the catalogue."""

from typing import Any

from django.db import migrations

NAME = "Catalogue editors"


def add_group(apps: Any, schema_editor: Any) -> None:
    apps.get_model("auth", "Group").objects.get_or_create(name=NAME)


class Migration(migrations.Migration):
    dependencies = [
        ("requests_app", "0009_catalogue_events"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]
    # The group stays when this is reversed: people may be in it.
    operations = [migrations.RunPython(add_group, migrations.RunPython.noop)]
