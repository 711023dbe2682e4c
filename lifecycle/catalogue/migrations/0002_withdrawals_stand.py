"""The database refuses to take a withdrawal back, or to put it off."""

from django.db import migrations

START = """
CREATE FUNCTION catalogue_withdrawal_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a withdrawal of a model is never taken back or put off'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER aimodel_withdrawal_stands BEFORE UPDATE OF withdrawn_at ON catalogue_aimodel
    FOR EACH ROW WHEN (OLD.withdrawn_at < COALESCE(NEW.withdrawn_at, 'infinity'))
    EXECUTE FUNCTION catalogue_withdrawal_stands();
"""
REVERSE = """
DROP TRIGGER aimodel_withdrawal_stands ON catalogue_aimodel;
DROP FUNCTION catalogue_withdrawal_stands();
"""


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0001_tables")]
    operations = [migrations.RunSQL(START, REVERSE)]
