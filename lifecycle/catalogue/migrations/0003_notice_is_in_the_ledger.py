"""The database keeps the notice that a provider promises as a row of the ledger, too."""

from django.db import migrations

START = """
CREATE FUNCTION catalogue_notice_text(days jsonb) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE jsonb_typeof(days)
        WHEN 'number' THEN format('Notice before each retirement, in days: %s.', days)
        ELSE (
            SELECT format(
                'Notice before each retirement, in days by kind of model: %s.',
                string_agg(
                    replace(rule.key, '_', '-') || ' ' || rule.value, ', '
                    ORDER BY rule.value::integer DESC, rule.key
                )
            ) FROM jsonb_each_text(days) rule
        )
    END
$$;
CREATE FUNCTION catalogue_keep_notice_in_ledger() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.notice_days IS NULL OR NEW.notice_days IN ('null', '{}') THEN
        UPDATE catalogue_promise SET ended_on = (now() AT TIME ZONE 'UTC')::date
            WHERE provider_id = NEW.id AND follows_notice_days AND ended_on IS NULL;
        RETURN NULL;
    END IF;
    INSERT INTO catalogue_promise (
        provider_id, kind, access_kind, text, promised_by, promised_on, condition, outcome,
        set_by_people, reminders, follows_notice_days
    ) VALUES (
        NEW.id, 'notice', '', catalogue_notice_text(NEW.notice_days), NEW.name, '',
        'for each retirement', '', '{}', 0, true
    ) ON CONFLICT (provider_id) WHERE follows_notice_days DO UPDATE
        SET text = excluded.text, promised_by = excluded.promised_by, ended_on = NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER provider_keeps_notice_in_ledger AFTER INSERT OR UPDATE OF notice_days, name
    ON catalogue_provider FOR EACH ROW EXECUTE FUNCTION catalogue_keep_notice_in_ledger();
"""
REVERSE = """
DROP TRIGGER provider_keeps_notice_in_ledger ON catalogue_provider;
DROP FUNCTION catalogue_keep_notice_in_ledger();
DROP FUNCTION catalogue_notice_text(jsonb);
"""


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0002_withdrawals_stand")]
    operations = [migrations.RunSQL(START, REVERSE)]
