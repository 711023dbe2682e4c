"""Who wrote at a version before this was kept: its author, and all that its events name."""

from django.db import migrations

FORWARD = """
INSERT INTO requests_app_policyeditor (version_id, person_id)
SELECT id, author_id FROM requests_app_policyversion
UNION
SELECT version.id, event.actor_id
FROM requests_app_policyversion AS version
JOIN requests_app_policy AS policy ON policy.id = version.policy_id
JOIN requests_app_event AS event ON event.policy_id = policy.id
 AND event.subject = policy.slug || '-v' || version.number
 AND event.kind IN ('policy.drafted', 'policy.edited') AND event.actor_id IS NOT NULL
 AND event.actor_id IS DISTINCT FROM version.published_by_id
"""


class Migration(migrations.Migration):
    dependencies = [("requests_app", "0028_policy_editors")]
    operations = [migrations.RunSQL(FORWARD, "DELETE FROM requests_app_policyeditor")]
