"""A change of a date stays as long as anything: its retirement can't be deleted around it."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0001_initial")]

    operations = [
        migrations.AlterField(
            "datechange",
            "retirement",
            models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="date_changes",
                to="catalogue.retirement",
            ),
        ),
    ]
