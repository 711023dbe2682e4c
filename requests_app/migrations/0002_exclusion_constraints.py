"""What PostgreSQL refuses by comparing spans of time: two live grants, or two delegates, at once."""

import django.contrib.postgres.constraints
from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("requests_app", "0001_tables")]
    operations = [
        BtreeGistExtension(),
        migrations.AddConstraint(
            model_name="grantedmodel",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("is_live", True)),
                expressions=[("holder", "="), ("ai_model", "="), ("period", "&&")],
                name="live_grants_of_a_person_and_model_do_not_overlap",
            ),
        ),
        migrations.AddConstraint(
            model_name="delegation",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("ended_at__isnull", True), ("stage__isnull", True)),
                expressions=[
                    ("person", "="),
                    (models.Func("starts_at", "ends_at", function="tstzrange"), "&&"),
                ],
                name="a_place_is_delegated_to_one_person_at_a_time",
            ),
        ),
    ]
