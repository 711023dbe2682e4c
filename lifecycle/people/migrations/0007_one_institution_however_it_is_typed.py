"""An institution is one however its name is typed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0006_fill_comparable_names")]
    operations = [
        migrations.RemoveConstraint(
            model_name="institution", name="institution_name_is_unique_in_any_case"
        ),
        migrations.AddConstraint(
            model_name="institution",
            constraint=models.UniqueConstraint(
                "comparable_name", name="institution_name_is_unique_however_it_is_typed"
            ),
        ),
    ]
