"""A trigger that refuses to change or delete a look."""

from django.db import migrations

TRIGGER = """
CREATE TRIGGER look_never_changed BEFORE UPDATE OR DELETE ON requests_app_look
    FOR EACH ROW EXECUTE FUNCTION emeritus_refuse_change();
"""
REVERSE = "DROP TRIGGER look_never_changed ON requests_app_look;"


class Migration(migrations.Migration):
    dependencies = [("requests_app", "0012_looks")]
    operations = [migrations.RunSQL(TRIGGER, REVERSE)]
