"""Triggers that refuse to change events, votes, submitted revisions and published policies."""

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
CREATE TRIGGER published_version_never_changed
    BEFORE UPDATE OR DELETE ON requests_app_policyversion
    FOR EACH ROW WHEN (OLD.state = 'published') EXECUTE FUNCTION emeritus_refuse_change();
CREATE TRIGGER published_step_never_changed
    BEFORE INSERT OR UPDATE OR DELETE ON requests_app_policystep
    FOR EACH ROW EXECUTE FUNCTION emeritus_refuse_change_of_published_step();
"""

REVERSE = """
DROP TRIGGER published_step_never_changed ON requests_app_policystep;
DROP TRIGGER published_version_never_changed ON requests_app_policyversion;
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
    operations = [migrations.RunSQL(FUNCTIONS + TRIGGERS, REVERSE)]
