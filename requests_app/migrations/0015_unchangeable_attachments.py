"""Triggers that refuse to change a file's row, or which files a text has that was sent."""

from django.db import migrations

TRIGGERS = """
CREATE TRIGGER attachment_never_changed BEFORE UPDATE ON requests_app_attachment
    FOR EACH ROW EXECUTE FUNCTION emeritus_refuse_change();
CREATE TRIGGER submitted_files_never_changed
    BEFORE INSERT OR UPDATE OR DELETE ON requests_app_attachment_revisions
    FOR EACH ROW EXECUTE FUNCTION emeritus_refuse_change_of_submitted_models();
"""
REVERSE = """
DROP TRIGGER submitted_files_never_changed ON requests_app_attachment_revisions;
DROP TRIGGER attachment_never_changed ON requests_app_attachment;
"""


class Migration(migrations.Migration):
    dependencies = [("requests_app", "0014_attachments")]
    operations = [migrations.RunSQL(TRIGGERS, REVERSE)]
