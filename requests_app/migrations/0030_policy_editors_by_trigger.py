"""Each author of a draft is kept as one of its editors, and none of them publishes it."""

from django.db import migrations

FORWARD = """
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
CREATE TRIGGER policy_editor_never_changed
    BEFORE UPDATE OR DELETE ON requests_app_policyeditor
    FOR EACH ROW EXECUTE FUNCTION emeritus_refuse_change();
"""

REVERSE = """
DROP TRIGGER policy_editor_never_changed ON requests_app_policyeditor;
DROP TRIGGER policy_version_not_published_by_an_editor ON requests_app_policyversion;
DROP TRIGGER policy_editor_kept_with_the_author ON requests_app_policyversion;
DROP FUNCTION emeritus_refuse_publishing_by_editor();
DROP FUNCTION emeritus_keep_editor();
"""


class Migration(migrations.Migration):
    dependencies = [("requests_app", "0029_policy_editors_so_far")]
    operations = [migrations.RunSQL(FORWARD, REVERSE)]
