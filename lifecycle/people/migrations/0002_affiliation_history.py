"""Whoever writes a profile, the history of institutions is written with it."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION emeritus_keep_affiliation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.institution_id IS NULL OR EXISTS (
        SELECT 1 FROM people_affiliation WHERE person_id = NEW.id AND ends_at IS NULL
                                           AND institution_id = NEW.institution_id) THEN
        RETURN NULL;  -- emptied, or named again after that: the affiliation goes on
    END IF;
    UPDATE people_affiliation SET ends_at = clock_timestamp()
     WHERE person_id = NEW.id AND ends_at IS NULL;
    INSERT INTO people_affiliation (person_id, institution_id, starts_at)
    VALUES (NEW.id, NEW.institution_id, clock_timestamp());
    RETURN NULL;
END $$;

CREATE TRIGGER affiliation_kept_with_the_profile
    AFTER INSERT OR UPDATE OF institution_id ON people_user
    FOR EACH ROW EXECUTE FUNCTION emeritus_keep_affiliation();
"""

REVERSE = """
DROP TRIGGER affiliation_kept_with_the_profile ON people_user;
DROP FUNCTION emeritus_keep_affiliation();
"""


class Migration(migrations.Migration):
    dependencies = [("people", "0001_tables")]
    operations = [migrations.RunSQL(FORWARD, REVERSE)]
