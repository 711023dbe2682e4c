"""The view that says who is a colleague of a request's requester.

What a request named never changes, so a merged institution is looked up here; affiliations move. A
name such as “Independent” makes nobody colleagues.
"""

from django.db import migrations

VIEW = """
CREATE VIEW requests_app_colleague AS
SELECT said.access_request_id, held.person_id
FROM requests_app_requestinstitution AS said
JOIN people_institution AS named
  ON named.id = said.institution_id
JOIN people_institution AS place
  ON place.id = coalesce(named.merged_into_id, named.id) AND NOT place.is_placeholder
JOIN people_affiliation AS held
  ON held.institution_id = place.id
 AND (held.ends_at IS NULL OR held.ends_at > said.at)
UNION ALL
SELECT request.id, held.person_id
FROM requests_app_accessrequest AS request
JOIN people_affiliation AS vouched
  ON vouched.person_id = request.requester_id AND vouched.vouched_by_id IS NOT NULL
 AND (vouched.ends_at IS NULL OR vouched.ends_at > request.created_at)
JOIN people_institution AS place
  ON place.id = vouched.institution_id AND NOT place.is_placeholder
JOIN people_affiliation AS held
  ON held.institution_id = vouched.institution_id
 AND (held.ends_at IS NULL OR held.ends_at > request.created_at);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("requests_app", "0004_ended_access_stays_ended"),
        ("people", "0001_tables"),
    ]
    operations = [migrations.RunSQL(VIEW, "DROP VIEW requests_app_colleague")]
