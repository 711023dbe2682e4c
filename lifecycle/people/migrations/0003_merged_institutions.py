"""Whoever is put at a merged institution is put at the one that it was merged into."""

from django.db import migrations

# The lock is shared with others who choose the same institution, and held against its merger: either
# that finds this person, or this finds the institution merged.
FORWARD = """
CREATE FUNCTION emeritus_resolve_institution() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    standing bigint;
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.institution_id IS NOT DISTINCT FROM OLD.institution_id THEN
        RETURN NEW;
    END IF;
    SELECT coalesce(merged_into_id, id) INTO standing FROM people_institution
     WHERE id = NEW.institution_id FOR SHARE;
    IF standing IS NOT NULL THEN
        NEW.institution_id := standing;
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER institution_of_a_profile_is_not_merged
    BEFORE INSERT OR UPDATE OF institution_id ON people_user
    FOR EACH ROW WHEN (NEW.institution_id IS NOT NULL)
    EXECUTE FUNCTION emeritus_resolve_institution();
"""

REVERSE = """
DROP TRIGGER institution_of_a_profile_is_not_merged ON people_user;
DROP FUNCTION emeritus_resolve_institution();
"""


class Migration(migrations.Migration):
    dependencies = [("people", "0002_affiliation_history")]
    operations = [migrations.RunSQL(FORWARD, REVERSE)]
