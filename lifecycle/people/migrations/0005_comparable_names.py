"""Columns for names in the form in which they are compared."""

from django.db import migrations

import lifecycle.text.folded_columns


class Migration(migrations.Migration):
    dependencies = [("people", "0004_verified_orcid")]
    operations = [
        migrations.AddField(
            model_name="institution",
            name="comparable_name",
            field=lifecycle.text.folded_columns.ComparableField(
                default="", editable=False, of="name"
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="comparable_name",
            field=lifecycle.text.folded_columns.ComparableField(
                default="", editable=False, of="full_name"
            ),
        ),
    ]
