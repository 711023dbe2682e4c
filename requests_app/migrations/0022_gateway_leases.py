"""One row for each gateway process that remembers keys, and the number that it has heard.

It outlives the session that wrote it: requests_app/gateway/invalidation.py says why.
"""

from django.db import migrations

START = """
CREATE TABLE emeritus_gateway_process (
    id uuid PRIMARY KEY,
    heard bigint NOT NULL,
    is_lost boolean NOT NULL DEFAULT false,
    since timestamptz NOT NULL DEFAULT now()
);
"""
REVERSE = "DROP TABLE emeritus_gateway_process;"


class Migration(migrations.Migration):
    dependencies = [("requests_app", "0021_votes_of_the_barred")]
    operations = [migrations.RunSQL(START, REVERSE)]
