"""An emergency grant by or for the same person waits for the review of the one before."""

from django.db import migrations

FORWARD = """
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

REVERSE = """
DROP TRIGGER break_glass_waits_for_the_last_review ON requests_app_breakglass;
DROP FUNCTION emeritus_refuse_second_emergency();
"""


class Migration(migrations.Migration):
    dependencies = [("requests_app", "0030_policy_editors_by_trigger")]
    operations = [migrations.RunSQL(FORWARD, REVERSE)]
