"""Triggers that refuse what must not be: rewritten history, revived rows, more time, own votes."""

from django.db import migrations

FUNCTIONS = """
CREATE FUNCTION emeritus_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is never changed after it was written', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE FUNCTION emeritus_refuse_change_of_published_step() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM requests_app_policyversion
               WHERE id IN (OLD.version_id, NEW.version_id) AND state = 'published') THEN
        RAISE EXCEPTION 'a step of a published policy version is never changed'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN coalesce(NEW, OLD);
END $$;

CREATE FUNCTION emeritus_refuse_change_of_submitted_models() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM requests_app_revision
               WHERE id IN (OLD.revision_id, NEW.revision_id)
                 AND submitted_at IS NOT NULL) THEN
        RAISE EXCEPTION 'the models of a submitted revision are never changed'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN coalesce(NEW, OLD);
END $$;
"""

GUARDS = """
CREATE FUNCTION emeritus_refuse_revival() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% has ended: its state is never changed again', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE FUNCTION emeritus_refuse_more_time() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% never gets more time, nor another holder', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

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

CREATE TRIGGER request_never_revived BEFORE UPDATE OF state ON requests_app_accessrequest
    FOR EACH ROW WHEN (OLD.state IN ('approved', 'denied', 'expired', 'withdrawn')
                       AND NEW.state <> OLD.state) EXECUTE FUNCTION emeritus_refuse_revival();
CREATE TRIGGER stage_never_revived BEFORE UPDATE OF state ON requests_app_stage
    FOR EACH ROW WHEN (OLD.state NOT IN ('waiting', 'open')
                       AND NEW.state <> OLD.state) EXECUTE FUNCTION emeritus_refuse_revival();
CREATE TRIGGER grant_never_revived BEFORE UPDATE OF state ON requests_app_grant
    FOR EACH ROW WHEN (OLD.state IN ('ended', 'revoked')
                       AND NEW.state <> OLD.state) EXECUTE FUNCTION emeritus_refuse_revival();
CREATE TRIGGER key_never_revived BEFORE UPDATE OF state, refused_from ON requests_app_key
    FOR EACH ROW WHEN (OLD.state IN ('expired', 'revoked', 'failed') AND NEW.state <> OLD.state
                       OR OLD.state = 'revoking' AND NEW.state <> ALL ('{revoking,revoked}')
                       OR OLD.refused_from IS NOT NULL AND NEW.refused_from IS NULL)
    EXECUTE FUNCTION emeritus_refuse_revival();
CREATE TRIGGER grant_never_longer BEFORE UPDATE ON requests_app_grant
    FOR EACH ROW WHEN (NEW.ends_at > OLD.ends_at OR NEW.duration > OLD.duration
                       OR NEW.holder_id <> OLD.holder_id)
    EXECUTE FUNCTION emeritus_refuse_more_time();
CREATE TRIGGER key_never_longer BEFORE UPDATE ON requests_app_key
    FOR EACH ROW WHEN (NEW.expires_at > OLD.expires_at)
    EXECUTE FUNCTION emeritus_refuse_more_time();
CREATE TRIGGER vote_never_by_the_requester BEFORE INSERT ON requests_app_vote
    FOR EACH ROW EXECUTE FUNCTION emeritus_refuse_own_vote();
"""

TRIGGERS = """
CREATE TRIGGER event_never_changed BEFORE UPDATE OR DELETE ON requests_app_event
    FOR EACH ROW EXECUTE FUNCTION emeritus_refuse_change();
CREATE TRIGGER event_never_truncated BEFORE TRUNCATE ON requests_app_event
    FOR EACH STATEMENT EXECUTE FUNCTION emeritus_refuse_change();
CREATE TRIGGER vote_never_changed BEFORE UPDATE OR DELETE ON requests_app_vote
    FOR EACH ROW EXECUTE FUNCTION emeritus_refuse_change();
CREATE TRIGGER submitted_revision_never_changed BEFORE UPDATE OR DELETE ON requests_app_revision
    FOR EACH ROW WHEN (OLD.submitted_at IS NOT NULL) EXECUTE FUNCTION emeritus_refuse_change();
CREATE TRIGGER submitted_models_never_changed
    BEFORE INSERT OR UPDATE OR DELETE ON requests_app_revision_ai_models
    FOR EACH ROW EXECUTE FUNCTION emeritus_refuse_change_of_submitted_models();
CREATE TRIGGER submitted_collaborators_never_changed
    BEFORE INSERT OR UPDATE OR DELETE ON requests_app_revision_collaborators
    FOR EACH ROW EXECUTE FUNCTION emeritus_refuse_change_of_submitted_models();
CREATE TRIGGER narrowing_never_changed BEFORE UPDATE OR DELETE ON requests_app_narrowing
    FOR EACH ROW EXECUTE FUNCTION emeritus_refuse_change();
CREATE TRIGGER published_version_never_changed
    BEFORE UPDATE OR DELETE ON requests_app_policyversion
    FOR EACH ROW WHEN (OLD.state = 'published') EXECUTE FUNCTION emeritus_refuse_change();
CREATE TRIGGER published_step_never_changed
    BEFORE INSERT OR UPDATE OR DELETE ON requests_app_policystep
    FOR EACH ROW EXECUTE FUNCTION emeritus_refuse_change_of_published_step();
"""

REVERSE = """
DROP TRIGGER vote_never_by_the_requester ON requests_app_vote;
DROP TRIGGER key_never_longer ON requests_app_key;
DROP TRIGGER grant_never_longer ON requests_app_grant;
DROP TRIGGER key_never_revived ON requests_app_key;
DROP TRIGGER grant_never_revived ON requests_app_grant;
DROP TRIGGER stage_never_revived ON requests_app_stage;
DROP TRIGGER request_never_revived ON requests_app_accessrequest;
DROP FUNCTION emeritus_refuse_own_vote();
DROP FUNCTION emeritus_refuse_more_time();
DROP FUNCTION emeritus_refuse_revival();
DROP TRIGGER published_step_never_changed ON requests_app_policystep;
DROP TRIGGER published_version_never_changed ON requests_app_policyversion;
DROP TRIGGER narrowing_never_changed ON requests_app_narrowing;
DROP TRIGGER submitted_collaborators_never_changed ON requests_app_revision_collaborators;
DROP TRIGGER submitted_models_never_changed ON requests_app_revision_ai_models;
DROP TRIGGER submitted_revision_never_changed ON requests_app_revision;
DROP TRIGGER vote_never_changed ON requests_app_vote;
DROP TRIGGER event_never_truncated ON requests_app_event;
DROP TRIGGER event_never_changed ON requests_app_event;
DROP FUNCTION emeritus_refuse_change_of_submitted_models();
DROP FUNCTION emeritus_refuse_change_of_published_step();
DROP FUNCTION emeritus_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("requests_app", "0002_tables")]
    operations = [migrations.RunSQL(FUNCTIONS + GUARDS + TRIGGERS, REVERSE)]
