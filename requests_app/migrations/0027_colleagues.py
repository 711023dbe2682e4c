"""Who is a colleague of the requester: one view, and the triggers that go by it."""

from django.db import migrations

VIEW = """
CREATE VIEW requests_app_colleague AS
SELECT said.access_request_id, held.person_id
FROM requests_app_requestinstitution AS said
JOIN people_affiliation AS held
  ON held.institution_id = said.institution_id
 AND (held.ends_at IS NULL OR held.ends_at > said.at)
UNION ALL
SELECT request.id, held.person_id
FROM requests_app_accessrequest AS request
JOIN people_affiliation AS vouched
  ON vouched.person_id = request.requester_id AND vouched.vouched_by_id IS NOT NULL
 AND (vouched.ends_at IS NULL OR vouched.ends_at > request.created_at)
JOIN people_affiliation AS held
  ON held.institution_id = vouched.institution_id
 AND (held.ends_at IS NULL OR held.ends_at > request.created_at);
"""

BARRED = """
CREATE OR REPLACE FUNCTION emeritus_is_barred(asked bigint, somebody bigint) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT 1 FROM requests_app_accessrequest AS request
                   WHERE request.id = asked AND request.requester_id = somebody)
        OR EXISTS (SELECT 1 FROM requests_app_accessrequest AS request
                   JOIN requests_app_revision AS revision
                     ON revision.access_request_id IN (request.id, request.appeal_of_id)
                   JOIN requests_app_revision_collaborators AS named
                     ON named.revision_id = revision.id
                   WHERE request.id = asked AND named.user_id = somebody
                     AND revision.submitted_at IS NOT NULL)
        OR EXISTS (SELECT 1 FROM requests_app_vote AS vote
                   JOIN requests_app_stage AS stage ON stage.id = vote.stage_id
                   WHERE stage.access_request_id = asked AND vote.voter_id = somebody
                     AND vote.choice = 'recuse')
        OR EXISTS (SELECT 1 FROM requests_app_accessrequest AS request
                   JOIN requests_app_stage AS stage ON stage.access_request_id = request.appeal_of_id
                   JOIN requests_app_vote AS vote ON vote.stage_id = stage.id
                   WHERE request.id = asked AND vote.voter_id = somebody)
        OR EXISTS (SELECT 1 FROM requests_app_accessrequest AS request
                   JOIN requests_app_policyversion AS version
                     ON version.id = request.policy_version_id AND version.institution_conflict
                   JOIN requests_app_colleague AS colleague
                     ON colleague.access_request_id = request.id
                   WHERE request.id = asked AND colleague.person_id = somebody)
$$;
"""

BARRED_BEFORE = """
CREATE OR REPLACE FUNCTION emeritus_is_barred(asked bigint, somebody bigint) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT 1 FROM requests_app_accessrequest AS request
                   WHERE request.id = asked AND request.requester_id = somebody)
        OR EXISTS (SELECT 1 FROM requests_app_accessrequest AS request
                   JOIN requests_app_revision AS revision
                     ON revision.access_request_id IN (request.id, request.appeal_of_id)
                   JOIN requests_app_revision_collaborators AS named
                     ON named.revision_id = revision.id
                   WHERE request.id = asked AND named.user_id = somebody
                     AND revision.submitted_at IS NOT NULL)
        OR EXISTS (SELECT 1 FROM requests_app_vote AS vote
                   JOIN requests_app_stage AS stage ON stage.id = vote.stage_id
                   WHERE stage.access_request_id = asked AND vote.voter_id = somebody
                     AND vote.choice = 'recuse')
        OR EXISTS (SELECT 1 FROM requests_app_accessrequest AS request
                   JOIN requests_app_stage AS stage ON stage.access_request_id = request.appeal_of_id
                   JOIN requests_app_vote AS vote ON vote.stage_id = stage.id
                   WHERE request.id = asked AND vote.voter_id = somebody)
$$;
"""

AS_SENT = """
CREATE FUNCTION emeritus_refuse_later_institution() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM requests_app_accessrequest
               WHERE id = NEW.access_request_id AND submitted_at IS NOT NULL) THEN
        RAISE EXCEPTION 'whose colleagues are barred is settled when a request is first sent'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER institution_never_added_later BEFORE INSERT ON requests_app_requestinstitution
    FOR EACH ROW EXECUTE FUNCTION emeritus_refuse_later_institution();
CREATE TRIGGER institution_never_changed
    BEFORE UPDATE OR DELETE ON requests_app_requestinstitution
    FOR EACH ROW EXECUTE FUNCTION emeritus_refuse_change();
"""

REVERSE = """
DROP TRIGGER institution_never_changed ON requests_app_requestinstitution;
DROP TRIGGER institution_never_added_later ON requests_app_requestinstitution;
DROP FUNCTION emeritus_refuse_later_institution();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("requests_app", "0026_institutions_so_far"),
        ("people", "0012_affiliations_by_trigger"),
    ]
    operations = [
        migrations.RunSQL(VIEW, "DROP VIEW requests_app_colleague"),
        migrations.RunSQL(BARRED, BARRED_BEFORE),
        migrations.RunSQL(AS_SENT, REVERSE),
    ]
