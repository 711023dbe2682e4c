"""Triggers that refuse to change what was written for good: history, votes, what was submitted."""

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

CREATE FUNCTION emeritus_refuse_later_institution() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM requests_app_accessrequest
               WHERE id = NEW.access_request_id AND submitted_at IS NOT NULL) THEN
        RAISE EXCEPTION 'whose colleagues are barred is settled when a request is first sent'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
"""

DROP_FUNCTIONS = """
DROP FUNCTION emeritus_refuse_later_institution();
DROP FUNCTION emeritus_refuse_change_of_submitted_models();
DROP FUNCTION emeritus_refuse_change_of_published_step();
DROP FUNCTION emeritus_refuse_change();
"""

RECORDS = """
CREATE TRIGGER event_never_changed BEFORE UPDATE OR DELETE ON requests_app_event
    FOR EACH ROW EXECUTE FUNCTION emeritus_refuse_change();
CREATE TRIGGER event_never_truncated BEFORE TRUNCATE ON requests_app_event
    FOR EACH STATEMENT EXECUTE FUNCTION emeritus_refuse_change();
CREATE TRIGGER vote_never_changed BEFORE UPDATE OR DELETE ON requests_app_vote
    FOR EACH ROW EXECUTE FUNCTION emeritus_refuse_change();
CREATE TRIGGER narrowing_never_changed BEFORE UPDATE OR DELETE ON requests_app_narrowing
    FOR EACH ROW EXECUTE FUNCTION emeritus_refuse_change();
CREATE TRIGGER bulk_revocation_never_changed BEFORE UPDATE OR DELETE ON requests_app_bulkrevocation
    FOR EACH ROW EXECUTE FUNCTION emeritus_refuse_change();
CREATE TRIGGER institution_merge_never_changed
    BEFORE UPDATE OR DELETE ON requests_app_institutionmerge
    FOR EACH ROW EXECUTE FUNCTION emeritus_refuse_change();
CREATE TRIGGER read_log_entry_never_changed BEFORE UPDATE OR DELETE ON requests_app_readlogentry
    FOR EACH ROW EXECUTE FUNCTION emeritus_refuse_change();
"""

DROP_RECORDS = """
DROP TRIGGER read_log_entry_never_changed ON requests_app_readlogentry;
DROP TRIGGER institution_merge_never_changed ON requests_app_institutionmerge;
DROP TRIGGER bulk_revocation_never_changed ON requests_app_bulkrevocation;
DROP TRIGGER narrowing_never_changed ON requests_app_narrowing;
DROP TRIGGER vote_never_changed ON requests_app_vote;
DROP TRIGGER event_never_truncated ON requests_app_event;
DROP TRIGGER event_never_changed ON requests_app_event;
"""

SUBMITTED_TEXTS = """
CREATE TRIGGER submitted_revision_never_changed BEFORE UPDATE OR DELETE ON requests_app_revision
    FOR EACH ROW WHEN (OLD.submitted_at IS NOT NULL) EXECUTE FUNCTION emeritus_refuse_change();
CREATE TRIGGER submitted_models_never_changed
    BEFORE INSERT OR UPDATE OR DELETE ON requests_app_revision_ai_models
    FOR EACH ROW EXECUTE FUNCTION emeritus_refuse_change_of_submitted_models();
CREATE TRIGGER submitted_collaborators_never_changed
    BEFORE INSERT OR UPDATE OR DELETE ON requests_app_revision_collaborators
    FOR EACH ROW EXECUTE FUNCTION emeritus_refuse_change_of_submitted_models();
CREATE TRIGGER submitted_files_never_changed
    BEFORE INSERT OR UPDATE OR DELETE ON requests_app_attachment_revisions
    FOR EACH ROW EXECUTE FUNCTION emeritus_refuse_change_of_submitted_models();
CREATE TRIGGER attachment_never_changed BEFORE UPDATE ON requests_app_attachment
    FOR EACH ROW EXECUTE FUNCTION emeritus_refuse_change();
CREATE TRIGGER institution_never_added_later BEFORE INSERT ON requests_app_requestinstitution
    FOR EACH ROW EXECUTE FUNCTION emeritus_refuse_later_institution();
CREATE TRIGGER institution_never_changed
    BEFORE UPDATE OR DELETE ON requests_app_requestinstitution
    FOR EACH ROW EXECUTE FUNCTION emeritus_refuse_change();
"""

DROP_SUBMITTED_TEXTS = """
DROP TRIGGER institution_never_changed ON requests_app_requestinstitution;
DROP TRIGGER institution_never_added_later ON requests_app_requestinstitution;
DROP TRIGGER attachment_never_changed ON requests_app_attachment;
DROP TRIGGER submitted_files_never_changed ON requests_app_attachment_revisions;
DROP TRIGGER submitted_collaborators_never_changed ON requests_app_revision_collaborators;
DROP TRIGGER submitted_models_never_changed ON requests_app_revision_ai_models;
DROP TRIGGER submitted_revision_never_changed ON requests_app_revision;
"""

PUBLISHED_POLICIES = """
CREATE TRIGGER published_version_never_changed
    BEFORE UPDATE OR DELETE ON requests_app_policyversion
    FOR EACH ROW WHEN (OLD.state = 'published') EXECUTE FUNCTION emeritus_refuse_change();
CREATE TRIGGER published_step_never_changed
    BEFORE INSERT OR UPDATE OR DELETE ON requests_app_policystep
    FOR EACH ROW EXECUTE FUNCTION emeritus_refuse_change_of_published_step();
CREATE TRIGGER policy_editor_never_changed
    BEFORE UPDATE OR DELETE ON requests_app_policyeditor
    FOR EACH ROW EXECUTE FUNCTION emeritus_refuse_change();
"""

DROP_PUBLISHED_POLICIES = """
DROP TRIGGER policy_editor_never_changed ON requests_app_policyeditor;
DROP TRIGGER published_step_never_changed ON requests_app_policystep;
DROP TRIGGER published_version_never_changed ON requests_app_policyversion;
"""


class Migration(migrations.Migration):
    dependencies = [("requests_app", "0002_exclusion_constraints")]
    operations = [
        migrations.RunSQL(FUNCTIONS, DROP_FUNCTIONS),
        migrations.RunSQL(RECORDS, DROP_RECORDS),
        migrations.RunSQL(SUBMITTED_TEXTS, DROP_SUBMITTED_TEXTS),
        migrations.RunSQL(PUBLISHED_POLICIES, DROP_PUBLISHED_POLICIES),
    ]
