"""What tells every gateway process that the keys it remembers may have changed.

The triggers stand on the tables of the look-up in requests_app/gateway/lookup.py, so that any way of
revoking is told: by an action, in the admin, or in SQL by hand. PostgreSQL sends the message with
the commit, once for each transaction, and never when it is rolled back.

A row for each process outlives the session that wrote it: requests_app/gateway/invalidation.py
says why.
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

PROCESSES = """
CREATE SEQUENCE emeritus_clearing;
CREATE TABLE emeritus_gateway_process (
    id uuid PRIMARY KEY,
    heard bigint NOT NULL,
    is_lost boolean NOT NULL DEFAULT false,
    since timestamptz NOT NULL DEFAULT now()
);
"""

DROP_PROCESSES = """
DROP TABLE emeritus_gateway_process;
DROP SEQUENCE emeritus_clearing;
"""

MESSAGES = """
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

DROP_MESSAGES = (
    "".join(f"DROP TRIGGER {table}_clears_gateways ON {table};\n" for table in WATCHED)
    + "DROP FUNCTION emeritus_clear_gateways();\n"
)


class Migration(migrations.Migration):
    dependencies = [
        ("requests_app", "0006_who_may_decide"),
        ("catalogue", "0001_tables"),
        ("people", "0001_tables"),
    ]
    operations = [
        migrations.RunSQL(PROCESSES, DROP_PROCESSES),
        migrations.RunSQL(MESSAGES, DROP_MESSAGES),
    ]
