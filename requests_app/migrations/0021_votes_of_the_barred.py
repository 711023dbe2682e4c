"""Triggers that refuse a vote of whoever is barred, and a passed step that rests on one."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION emeritus_is_barred(asked bigint, somebody bigint) RETURNS boolean
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

CREATE FUNCTION emeritus_refuse_vote_of_the_barred() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    asked bigint;
BEGIN
    SELECT access_request_id INTO asked FROM requests_app_stage WHERE id = NEW.stage_id;
    IF emeritus_is_barred(asked, NEW.voter_id) OR emeritus_is_barred(asked, NEW.seat_id) THEN
        RAISE EXCEPTION 'nobody votes who is part of the request, or is barred otherwise'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION emeritus_refuse_carrying_of_the_barred() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM requests_app_vote AS vote
               WHERE vote.stage_id = NEW.carried_from_id AND vote.choice = 'approve'
                 AND (emeritus_is_barred(NEW.access_request_id, vote.voter_id)
                      OR emeritus_is_barred(NEW.access_request_id, vote.seat_id))) THEN
        RAISE EXCEPTION 'a step stays passed only while nothing bars those who passed it'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER vote_never_by_who_is_barred BEFORE INSERT ON requests_app_vote
    FOR EACH ROW WHEN (NEW.choice <> 'recuse') EXECUTE FUNCTION emeritus_refuse_vote_of_the_barred();
CREATE TRIGGER stage_never_carried_for_who_is_barred BEFORE INSERT ON requests_app_stage
    FOR EACH ROW WHEN (NEW.carried_from_id IS NOT NULL)
    EXECUTE FUNCTION emeritus_refuse_carrying_of_the_barred();
"""

REVERSE = """
DROP TRIGGER stage_never_carried_for_who_is_barred ON requests_app_stage;
DROP TRIGGER vote_never_by_who_is_barred ON requests_app_vote;
DROP FUNCTION emeritus_refuse_carrying_of_the_barred();
DROP FUNCTION emeritus_refuse_vote_of_the_barred();
DROP FUNCTION emeritus_is_barred(bigint, bigint);
"""


class Migration(migrations.Migration):
    dependencies = [("requests_app", "0020_emergency_grants")]
    operations = [migrations.RunSQL(FORWARD, REVERSE)]
