"""Triggers that refuse to change a published standing rule, and to let its makers use it."""

from django.db import migrations

RULES = """
CREATE FUNCTION emeritus_refuse_change_of_standing_rule() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ending text[] := '{state,closed_at,closed_by_id,closing_reason}';
BEGIN
    IF OLD.state = 'published' AND NEW.state = 'ended'
            AND to_jsonb(NEW) - ending = to_jsonb(OLD) - ending THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a standing rule is never changed after its publication, only ended'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE FUNCTION emeritus_refuse_change_of_ruled_models() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM requests_app_standingrule
               WHERE id IN (OLD.standingrule_id, NEW.standingrule_id) AND state <> 'draft') THEN
        RAISE EXCEPTION 'the models of a published standing rule are never changed'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN coalesce(NEW, OLD);
END $$;

CREATE TRIGGER standing_rule_never_changed BEFORE UPDATE ON requests_app_standingrule
    FOR EACH ROW WHEN (OLD.state <> 'draft')
    EXECUTE FUNCTION emeritus_refuse_change_of_standing_rule();
CREATE TRIGGER standing_rule_never_deleted BEFORE DELETE ON requests_app_standingrule
    FOR EACH ROW WHEN (OLD.state <> 'draft') EXECUTE FUNCTION emeritus_refuse_change();
CREATE TRIGGER ruled_models_never_changed
    BEFORE INSERT OR UPDATE OR DELETE ON requests_app_standingrule_ai_models
    FOR EACH ROW EXECUTE FUNCTION emeritus_refuse_change_of_ruled_models();
"""

DROP_RULES = """
DROP TRIGGER ruled_models_never_changed ON requests_app_standingrule_ai_models;
DROP TRIGGER standing_rule_never_deleted ON requests_app_standingrule;
DROP TRIGGER standing_rule_never_changed ON requests_app_standingrule;
DROP FUNCTION emeritus_refuse_change_of_ruled_models();
DROP FUNCTION emeritus_refuse_change_of_standing_rule();
"""

ADMISSIONS = """
CREATE FUNCTION emeritus_refuse_own_admission() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM requests_app_standingrule AS rule
                   WHERE rule.id = NEW.standing_rule_id AND rule.published_by_id IS NOT NULL
                     AND NEW.requester_id NOT IN (rule.author_id, rule.published_by_id)
                     AND (NEW.closed_by_id IS NULL OR NEW.closed_by_id = rule.published_by_id))
    THEN
        RAISE EXCEPTION 'a standing rule grants nothing to those who made it, nor by anybody else'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER admission_never_own BEFORE INSERT OR UPDATE ON requests_app_accessrequest
    FOR EACH ROW WHEN (NEW.standing_rule_id IS NOT NULL)
    EXECUTE FUNCTION emeritus_refuse_own_admission();
"""

DROP_ADMISSIONS = """
DROP TRIGGER admission_never_own ON requests_app_accessrequest;
DROP FUNCTION emeritus_refuse_own_admission();
"""


class Migration(migrations.Migration):
    dependencies = [("requests_app", "0008_unchangeable_interviews")]
    operations = [
        migrations.RunSQL(RULES, DROP_RULES),
        migrations.RunSQL(ADMISSIONS, DROP_ADMISSIONS),
    ]
