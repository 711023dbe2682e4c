"""The views that say who is a colleague of a request's requester, and whom they made a reviewer.

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

# The number of a person is read of such events only: elsewhere a detail may be anything. All events
# of one addition have the same actor; there is one for each policy that names the group.
ADDED = """
CREATE VIEW requests_app_addedreviewer AS
SELECT DISTINCT request.id AS access_request_id,
       CASE WHEN added.kind = 'policy.reviewer_added'
            THEN (added.details ->> 'person')::bigint END AS person_id
FROM requests_app_accessrequest AS request
JOIN requests_app_policystep AS step
  ON step.version_id = request.policy_version_id
JOIN requests_app_event AS added
  ON added.kind = 'policy.reviewer_added' AND added.actor_id = request.requester_id
 AND added.details ->> 'group_id' IN (step.reviewers_id::text, step.alternates_id::text)
WHERE NOT EXISTS (
    SELECT 1 FROM requests_app_event AS later
     WHERE later.kind = 'policy.reviewer_added' AND later.id > added.id
       AND later.actor_id IS DISTINCT FROM added.actor_id
       AND later.details ->> 'person' = added.details ->> 'person'
       AND later.details ->> 'group_id' = added.details ->> 'group_id');
"""


class Migration(migrations.Migration):
    dependencies = [
        ("requests_app", "0004_ended_access_stays_ended"),
        ("people", "0001_tables"),
    ]
    operations = [
        migrations.RunSQL(VIEW, "DROP VIEW requests_app_colleague"),
        migrations.RunSQL(ADDED, "DROP VIEW requests_app_addedreviewer"),
    ]
