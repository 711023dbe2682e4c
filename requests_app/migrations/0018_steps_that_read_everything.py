"""A step that read every part of a request goes on reading every part, the new ones too.

Published versions are never changed; this keeps what they say, so their trigger rests meanwhile.
"""

from django.db import migrations

BEFORE = ["models", "purpose", "dates", "operations", "cost", "track", "collaborators"]
ADDED = ["use", "data", "safety", "organisation", "team", "links", "answers"]
REST = "ALTER TABLE requests_app_policystep DISABLE TRIGGER published_step_never_changed"
WAKE = "ALTER TABLE requests_app_policystep ENABLE TRIGGER published_step_never_changed"
FORTH = "UPDATE requests_app_policystep SET reads = %s::varchar[] WHERE reads @> %s::varchar[]"
# A step of new parts alone reads everything then: rather once too often than never.
BACK = """
UPDATE requests_app_policystep SET reads = coalesce(
    nullif(ARRAY(SELECT part FROM unnest(reads) AS part WHERE part = ANY (%s::varchar[])), '{}'),
    %s::varchar[]
)
"""


class Migration(migrations.Migration):
    dependencies = [("requests_app", "0017_what_is_asked")]
    operations = [
        migrations.RunSQL(
            [REST, (FORTH, [BEFORE + ADDED, BEFORE]), WAKE],
            [REST, (BACK, [BEFORE, BEFORE]), WAKE],
        )
    ]
