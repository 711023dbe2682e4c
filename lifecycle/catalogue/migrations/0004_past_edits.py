"""What people set in the admin before it was kept with each fact: the admin's log names it."""

import json
from collections.abc import Iterator
from typing import Any

from django.db import migrations

FACTS = {
    "provider": ("slug", "name", "notice_days"),
    "aimodel": ("identifier", "provider", "name", "released", "note", "sources"),
    "retirement": (
        "platform", "announced", "retires", "retires_at", "precision", "extended_access_from",
    ),
}  # fmt: skip
ROWS = {"replacement": "replacements", "access route": "access_routes"}


def note(apps: Any, schema_editor: Any) -> None:
    entries = apps.get_model("admin", "LogEntry").objects.filter(
        content_type__app_label="catalogue", content_type__model__in=FACTS
    )
    for kind, pk, message in entries.values_list(
        "content_type__model", "object_id", "change_message"
    ):
        row = apps.get_model("catalogue", kind).objects.filter(pk=pk).first()
        for change in _changes(message) if row else ():
            _note_change(row, kind, change)


def _changes(message: str) -> Iterator[dict[str, Any]]:
    """`[{"changed": {"fields": ["Name"]}}, {"added": {"name": "access route", …}}]`"""
    try:
        said = json.loads(message)
    except ValueError:
        return
    for change in said if isinstance(said, list) else ():
        for verb, about in change.items():
            yield {"verb": verb, **about}


def _note_change(row: Any, kind: str, change: dict[str, Any]) -> None:
    part = change.get("name")
    if part in ROWS:
        _add(row, [ROWS[part]])
    elif part == "retirement":
        platform = change["object"].rpartition(", ")[0]
        for retirement in row.retirements.filter(platform=platform):
            _add(retirement, _named("retirement", change))
    elif not part:
        _add(row, [*_named(kind, change), *(ROWS.values() if _is_new(kind, change) else ())])


def _is_new(kind: str, change: dict[str, Any]) -> bool:
    return kind == "aimodel" and change["verb"] == "added"


def _named(kind: str, change: dict[str, Any]) -> list[str]:
    """By the labels of the form; all of a row that was added."""
    if change["verb"] == "added":
        return list(FACTS[kind])
    labels = [label.lower().replace(" ", "_") for label in change.get("fields", ())]
    return [fact for fact in FACTS[kind] if fact in labels]


def _add(row: Any, facts: list[str]) -> None:
    row.set_by_people = {**dict.fromkeys(facts), **row.set_by_people}
    row.save(update_fields=["set_by_people"])


class Migration(migrations.Migration):
    dependencies = [
        ("catalogue", "0003_set_by_people"),
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(note, migrations.RunPython.noop)]
