"""Columns for names in the form in which they are compared."""

from django.db import migrations

import lifecycle.text.folded_columns


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0004_past_edits")]
    operations = [
        migrations.AddField(
            model_name="provider",
            name="comparable_name",
            field=lifecycle.text.folded_columns.ComparableField(
                default="", editable=False, of="name"
            ),
        ),
        migrations.AddField(
            model_name="aimodel",
            name="comparable_name",
            field=lifecycle.text.folded_columns.ComparableField(
                default="", editable=False, of="name"
            ),
        ),
    ]
