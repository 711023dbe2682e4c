"""When the owner of a leaked token is told again, and that it was given up."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("requests_app", "0032_delegations_of_open_steps"),
    ]

    operations = [
        migrations.AddField(
            model_name="servicetoken",
            name="tell_owner_at",
            field=models.DateTimeField(
                blank=True, help_text="When that is tried again. Empty: at once.", null=True
            ),
        ),
        migrations.AddField(
            model_name="servicetoken",
            name="telling_given_up_at",
            field=models.DateTimeField(
                blank=True,
                help_text="When the mail server refused the owner's address.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="servicetoken",
            name="telling_tries",
            field=models.PositiveSmallIntegerField(default=0),
        ),
    ]
