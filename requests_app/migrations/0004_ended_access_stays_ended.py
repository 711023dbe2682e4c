"""Triggers that refuse to reopen what has ended, and to give a grant or a key more time."""

from django.db import migrations

FORWARD = """
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
"""

REVERSE = """
DROP TRIGGER key_never_longer ON requests_app_key;
DROP TRIGGER grant_never_longer ON requests_app_grant;
DROP TRIGGER key_never_revived ON requests_app_key;
DROP TRIGGER grant_never_revived ON requests_app_grant;
DROP TRIGGER stage_never_revived ON requests_app_stage;
DROP TRIGGER request_never_revived ON requests_app_accessrequest;
DROP FUNCTION emeritus_refuse_more_time();
DROP FUNCTION emeritus_refuse_revival();
"""


class Migration(migrations.Migration):
    dependencies = [("requests_app", "0003_unchangeable_rows")]
    operations = [migrations.RunSQL(FORWARD, REVERSE)]
