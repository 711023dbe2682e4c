"""Triggers that refuse to change transcripts and protocols."""

from django.db import migrations

TABLES = ("voice_interviewsession", "voice_protocolversion")
REFUSE = """
CREATE TRIGGER {table}_never_changed BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION emeritus_refuse_change();
CREATE TRIGGER {table}_never_truncated BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION emeritus_refuse_change();
"""
ALLOW = """
DROP TRIGGER {table}_never_truncated ON {table};
DROP TRIGGER {table}_never_changed ON {table};
"""


class Migration(migrations.Migration):
    dependencies = [("requests_app", "0007_gateway_notifications")]
    operations = [
        migrations.RunSQL(REFUSE.format(table=table), ALLOW.format(table=table)) for table in TABLES
    ]
