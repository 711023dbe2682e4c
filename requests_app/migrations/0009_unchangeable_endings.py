"""A trigger that refuses to change the receipt of an ending."""

from django.db import migrations

TRIGGER = """
CREATE TRIGGER ending_never_changed BEFORE UPDATE OR DELETE ON requests_app_ending
    FOR EACH ROW EXECUTE FUNCTION emeritus_refuse_change();
"""
REVERSE = "DROP TRIGGER ending_never_changed ON requests_app_ending;"


class Migration(migrations.Migration):
    dependencies = [("requests_app", "0008_endings")]
    operations = [migrations.RunSQL(TRIGGER, REVERSE)]
