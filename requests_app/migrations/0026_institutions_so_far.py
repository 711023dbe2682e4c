"""What was sent before: the organisation of the first text, and the profile as it is now."""

from typing import Any

from django.db import migrations

from lifecycle.text.normalization import comparable, one_line


def fill(apps: Any, schema_editor: Any) -> None:
    institutions = apps.get_model("people", "Institution").objects
    kept = apps.get_model("requests_app", "RequestInstitution").objects
    texts = apps.get_model("requests_app", "Revision").objects.exclude(submitted_at=None)
    requests = apps.get_model("requests_app", "AccessRequest").objects.exclude(submitted_at=None)
    for asked in requests.select_related("requester").order_by("pk").iterator():
        first = texts.filter(access_request=asked.appeal_of_id or asked.pk).order_by("number")[0]
        named = {asked.requester.institution_id} - {None}
        if said := one_line(first.organisation):
            new = {"name": said}
            row, _made = institutions.get_or_create(comparable_name=comparable(said), defaults=new)
            named.add(row.pk)
        for institution in named:
            kept.create(access_request=asked, institution_id=institution, at=first.submitted_at)


class Migration(migrations.Migration):
    dependencies = [("requests_app", "0025_institutions_as_sent")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
