"""Everybody has worked where their profile says since they joined, as far as we know."""

from django.db import migrations

FORWARD = """
INSERT INTO people_affiliation (person_id, institution_id, starts_at)
SELECT id, institution_id, joined_at FROM people_user WHERE institution_id IS NOT NULL
"""


class Migration(migrations.Migration):
    dependencies = [("people", "0010_affiliations")]
    operations = [migrations.RunSQL(FORWARD, "DELETE FROM people_affiliation")]
