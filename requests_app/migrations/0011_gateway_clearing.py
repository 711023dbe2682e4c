"""Triggers that tell every gateway process when what it remembers of keys may have changed.

They stand on the tables of the look-up in requests_app/gateway/lookup.py, so that any way of
revoking is told: by an action, in the admin, or in SQL by hand. PostgreSQL sends the message with
the commit, once for each transaction, and never when it is rolled back.
"""

from django.db import migrations

WATCHED = {
    "requests_app_key": "",
    "requests_app_grant": "",
    "requests_app_grantedmodel": "",
    "requests_app_collaborator": "",
    "people_user": " OF is_active",
    "catalogue_aimodel": " OF identifier, withdrawn_at",
}

START = """
CREATE SEQUENCE emeritus_clearing;
CREATE FUNCTION emeritus_clear_gateways() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('emeritus_gateway', '');
    RETURN NULL;
END $$;
""" + "".join(
    f"CREATE TRIGGER {table}_clears_gateways AFTER UPDATE{columns} OR DELETE OR TRUNCATE"
    f" ON {table} FOR EACH STATEMENT EXECUTE FUNCTION emeritus_clear_gateways();\n"
    for table, columns in WATCHED.items()
)

REVERSE = (
    "".join(f"DROP TRIGGER {table}_clears_gateways ON {table};\n" for table in WATCHED)
    + "DROP FUNCTION emeritus_clear_gateways();\nDROP SEQUENCE emeritus_clearing;\n"
)


class Migration(migrations.Migration):
    dependencies = [("requests_app", "0010_break_glass")]
    operations = [migrations.RunSQL(START, REVERSE)]
