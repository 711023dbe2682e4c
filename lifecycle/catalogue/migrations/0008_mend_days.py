"""What was typed as a day and is none, or is of another age, before the database refuses it.

Text moves into the model's note, so nothing that somebody wrote is lost.
"""

from django.db import migrations

TEXTS = """
UPDATE catalogue_aimodel SET released = '',
    note = trim(E'\\n' FROM note || E'\\n\\nReleased, as it was written: ' || released)
    WHERE released <> '' AND released !~ '^(19|20)[0-9][0-9](-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$';
UPDATE catalogue_replacement SET as_of = ''
    WHERE as_of <> '' AND as_of !~ '^(19|20)[0-9][0-9](-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$';
UPDATE catalogue_provider SET notice_days = NULL
    WHERE jsonb_typeof(notice_days) NOT IN ('number', 'object');
"""
DAYS = """
UPDATE catalogue_retirement SET
    announced = LEAST(GREATEST(announced, DATE '1900-01-01'), DATE '2099-12-31'),
    retires = LEAST(GREATEST(retires, DATE '1900-01-01'), DATE '2099-12-31'),
    extended_access_from = LEAST(GREATEST(extended_access_from, DATE '1900-01-01'), DATE '2099-12-31')
    WHERE announced NOT BETWEEN '1900-01-01' AND '2099-12-31'
    OR retires NOT BETWEEN '1900-01-01' AND '2099-12-31'
    OR extended_access_from NOT BETWEEN '1900-01-01' AND '2099-12-31';
UPDATE catalogue_retirement SET retires_at = NULL
    WHERE retires_at NOT BETWEEN '1900-01-01 00:00Z' AND '2099-12-31 00:00Z';
UPDATE catalogue_datechange SET
    from_date = LEAST(GREATEST(from_date, DATE '1900-01-01'), DATE '2099-12-31' - 1),
    to_date = LEAST(GREATEST(to_date, DATE '1900-01-01' + 1), DATE '2099-12-31')
    WHERE from_date NOT BETWEEN '1900-01-01' AND '2099-12-31'
    OR to_date NOT BETWEEN '1900-01-01' AND '2099-12-31';
"""


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0007_withdrawals_stand")]
    operations = [
        migrations.RunSQL(TEXTS, migrations.RunSQL.noop),
        migrations.RunSQL(DAYS, migrations.RunSQL.noop),
    ]
