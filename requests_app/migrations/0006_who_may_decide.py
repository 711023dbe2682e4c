"""Triggers that refuse a vote, a publication or an emergency grant by whom a conflict bars."""

from django.db import migrations

BARRED = """
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
        OR EXISTS (SELECT 1 FROM requests_app_accessrequest AS request
                   JOIN requests_app_event AS event
                     ON event.access_request_id IN (request.id, request.appeal_of_id)
                   WHERE request.id = asked AND event.actor_id = somebody
                     AND event.kind = 'request.saved')
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
        OR EXISTS (SELECT 1 FROM requests_app_addedreviewer AS added
                   WHERE added.access_request_id = asked AND added.person_id = somebody)
$$;
"""

VOTES = """
CREATE FUNCTION emeritus_refuse_own_vote() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM requests_app_stage AS stage
               JOIN requests_app_accessrequest AS request ON request.id = stage.access_request_id
               WHERE stage.id = NEW.stage_id
                 AND request.requester_id IN (NEW.voter_id, NEW.seat_id)) THEN
        RAISE EXCEPTION 'nobody votes on their own request'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

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

CREATE FUNCTION emeritus_sound_approvals(asked bigint, on_stage bigint) RETURNS bigint
LANGUAGE sql STABLE AS $$
    SELECT count(*) FROM requests_app_vote AS vote
    WHERE vote.stage_id = on_stage AND vote.choice = 'approve'
      AND NOT emeritus_is_barred(asked, vote.voter_id)
      AND NOT emeritus_is_barred(asked, vote.seat_id)
$$;

CREATE FUNCTION emeritus_refuse_passing_by_the_barred() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM requests_app_stage AS passed
               JOIN requests_app_policystep AS step ON step.id = passed.step_id
               WHERE passed.revision_id = NEW.revision_id
                 AND (passed.state = 'passed' OR passed.id = NEW.id)
                 AND emeritus_sound_approvals(
                     NEW.access_request_id, coalesce(passed.carried_from_id, passed.id)
                 ) < step.quorum) THEN
        RAISE EXCEPTION 'a step passes by approvals of people whom nothing bars, as did those before'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER stage_never_passed_by_who_is_barred BEFORE UPDATE OF state ON requests_app_stage
    FOR EACH ROW WHEN (NEW.state = 'passed' AND OLD.state <> 'passed')
    EXECUTE FUNCTION emeritus_refuse_passing_by_the_barred();
CREATE TRIGGER vote_never_by_the_requester BEFORE INSERT ON requests_app_vote
    FOR EACH ROW EXECUTE FUNCTION emeritus_refuse_own_vote();
CREATE TRIGGER vote_never_by_who_is_barred BEFORE INSERT ON requests_app_vote
    FOR EACH ROW WHEN (NEW.choice <> 'recuse') EXECUTE FUNCTION emeritus_refuse_vote_of_the_barred();
CREATE TRIGGER stage_never_carried_for_who_is_barred
    BEFORE INSERT OR UPDATE OF carried_from_id ON requests_app_stage
    FOR EACH ROW WHEN (NEW.carried_from_id IS NOT NULL)
    EXECUTE FUNCTION emeritus_refuse_carrying_of_the_barred();
"""

DROP_VOTES = """
DROP TRIGGER stage_never_passed_by_who_is_barred ON requests_app_stage;
DROP TRIGGER stage_never_carried_for_who_is_barred ON requests_app_stage;
DROP TRIGGER vote_never_by_who_is_barred ON requests_app_vote;
DROP TRIGGER vote_never_by_the_requester ON requests_app_vote;
DROP FUNCTION emeritus_refuse_passing_by_the_barred();
DROP FUNCTION emeritus_sound_approvals(bigint, bigint);
DROP FUNCTION emeritus_refuse_carrying_of_the_barred();
DROP FUNCTION emeritus_refuse_vote_of_the_barred();
DROP FUNCTION emeritus_refuse_own_vote();
"""

PUBLICATION = """
CREATE FUNCTION emeritus_keep_editor() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO requests_app_policyeditor (version_id, person_id)
    VALUES (NEW.id, NEW.author_id) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;

CREATE FUNCTION emeritus_refuse_publishing_by_editor() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM requests_app_policyeditor
               WHERE version_id = NEW.id AND person_id = NEW.published_by_id) THEN
        RAISE EXCEPTION 'nobody publishes a policy version at which they wrote'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER policy_editor_kept_with_the_author
    AFTER INSERT OR UPDATE OF author_id ON requests_app_policyversion
    FOR EACH ROW EXECUTE FUNCTION emeritus_keep_editor();
CREATE TRIGGER policy_version_not_published_by_an_editor
    BEFORE UPDATE OF published_by_id ON requests_app_policyversion
    FOR EACH ROW WHEN (NEW.published_by_id IS NOT NULL)
    EXECUTE FUNCTION emeritus_refuse_publishing_by_editor();
"""

DROP_PUBLICATION = """
DROP TRIGGER policy_version_not_published_by_an_editor ON requests_app_policyversion;
DROP TRIGGER policy_editor_kept_with_the_author ON requests_app_policyversion;
DROP FUNCTION emeritus_refuse_publishing_by_editor();
DROP FUNCTION emeritus_keep_editor();
"""

EMERGENCIES = """
CREATE FUNCTION emeritus_refuse_second_emergency() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM requests_app_breakglass AS earlier
               JOIN requests_app_grant AS had ON had.id = earlier.grant_id
               WHERE earlier.reviewed_at IS NULL
                 AND (earlier.by_id = NEW.by_id OR had.holder_id =
                      (SELECT holder_id FROM requests_app_grant WHERE id = NEW.grant_id))) THEN
        RAISE EXCEPTION 'an emergency grant waits for the review of the one before'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER break_glass_waits_for_the_last_review BEFORE INSERT ON requests_app_breakglass
    FOR EACH ROW EXECUTE FUNCTION emeritus_refuse_second_emergency();
"""

DROP_EMERGENCIES = """
DROP TRIGGER break_glass_waits_for_the_last_review ON requests_app_breakglass;
DROP FUNCTION emeritus_refuse_second_emergency();
"""


class Migration(migrations.Migration):
    dependencies = [("requests_app", "0005_colleague_view")]
    operations = [
        migrations.RunSQL(BARRED, "DROP FUNCTION emeritus_is_barred(bigint, bigint)"),
        migrations.RunSQL(VOTES, DROP_VOTES),
        migrations.RunSQL(PUBLICATION, DROP_PUBLICATION),
        migrations.RunSQL(EMERGENCIES, DROP_EMERGENCIES),
    ]
