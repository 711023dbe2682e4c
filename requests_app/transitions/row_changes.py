"""What an edit changes in the rows of a model of the catalogue, kept as JSON and made later.

An edit is tried inside a savepoint; the difference between the rows before and after says what it
would do, whatever form it came from.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from django.apps import apps
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Field, Model

from lifecycle.catalogue.models import (
    AccessRoute,
    AIModel,
    Alias,
    DateChange,
    FeatureEnd,
    Promise,
    Replacement,
    Retirement,
    SDKVersion,
    WeightsCustody,
)
from lifecycle.people.models import User

# Each table with the path from its rows to the model; rows that others point to come first.
TABLES: Mapping[type[Model], str] = {
    AIModel: "pk",
    Retirement: "ai_model",
    DateChange: "retirement__ai_model",
    Replacement: "ai_model",
    Alias: "ai_model",
    FeatureEnd: "ai_model",
    AccessRoute: "ai_model",
    SDKVersion: "ai_model",
    WeightsCustody: "ai_model",
    Promise: "ai_model",
}
# Nobody edits these: they follow from events, from other columns and from the clock.
NOT_FACTS = {
    "head_sequence",
    "head_digest",
    "comparable_name",
    "remind_at",
    "reminders",
    "check_due_on",
}

Values = dict[str, Any]


class RowSnapshot(NamedTuple):
    """A row's facts by column, as JSON has them, and its name for people."""

    values: Values
    name: str


Snapshot = dict[tuple[str, int], RowSnapshot]


class RowsChanged(Exception):
    """The rows aren't those any more from which the change was made."""


@dataclass(frozen=True)
class RowChange:
    """A row that is added (`before` is None), deleted (`after` is None) or changed.

    Of a changed row both hold only the columns that differ, by name and as JSON has them.
    """

    table: str
    pk: int
    name: str
    before: Values | None
    after: Values | None


def snapshot(ai_model_id: int) -> Snapshot:
    """Return all rows of a model's facts."""
    return {
        key_of(row): of_row(row)
        for table, path in TABLES.items()
        for row in table._default_manager.filter(**{path: ai_model_id})
    }


def key_of(row: Model) -> tuple[str, int]:
    return row._meta.label_lower, row.pk


def of_row(row: Model) -> RowSnapshot:
    return RowSnapshot(_values(row), str(row))


def _values(row: Model) -> Values:
    values = {field.attname: getattr(row, field.attname) for field in _facts(type(row))}
    read: Values = json.loads(json.dumps(values, cls=DjangoJSONEncoder))
    return read


def _facts(table: type[Model]) -> Iterator[Field[Any, Any]]:
    return (
        field
        for field in table._meta.concrete_fields
        if not field.primary_key and field.name not in NOT_FACTS
    )


def differences(before: Snapshot, after: Snapshot) -> list[RowChange]:
    """Return what changed: rows deleted first, then those changed, then those added."""
    gone = [_change(key, row, None) for key, row in before.items() if key not in after]
    kept = [key for key in before if key in after and before[key].values != after[key].values]
    changed = [_change(key, before[key], after[key]) for key in kept]
    new = [_change(key, None, row) for key, row in after.items() if key not in before]
    return [*gone, *changed, *new]


def _change(
    key: tuple[str, int], before: RowSnapshot | None, after: RowSnapshot | None
) -> RowChange:
    if before and after:
        differing = [name for name, value in before.values.items() if value != after.values[name]]
        was, is_now = ({name: row.values[name] for name in differing} for row in (before, after))
        return RowChange(*key, before.name, was, is_now)
    row = before or after
    assert row
    return RowChange(*key, row.name, before and before.values, after and after.values)


def as_json(changes: Sequence[RowChange]) -> list[dict[str, Any]]:
    return [asdict(change) for change in changes]


def from_json(stored: Sequence[Mapping[str, Any]]) -> list[RowChange]:
    return [RowChange(**change) for change in stored]


def apply(changes: Sequence[RowChange]) -> None:
    """Make the changes. Raises RowsChanged unless every row is as it was before them, and
    everybody whom they name is still there.

    The caller holds the model's lock. Added rows get the ids that they had when they were tried:
    a sequence never gives one twice.
    """
    for change in changes:
        table = apps.get_model(change.table)
        if _names_somebody_who_left(table, change.after or {}):
            raise RowsChanged
        if change.before is None:
            assert change.after is not None
            table(pk=change.pk, **_read(table, change.after)).save(force_insert=True)
            continue
        row = table._default_manager.filter(pk=change.pk).first()
        if row is None or not _is_as_before(row, change.before):
            raise RowsChanged
        if change.after is None:
            row.delete()
        else:
            _set(row, _read(table, change.after))


def _names_somebody_who_left(table: type[Model], values: Values) -> bool:
    """Return whether it names an account that was deactivated or deleted since."""
    people = _named(table, values, User)
    return User.objects.filter(pk__in=people, is_active=True).count() < len(people)


def named(changes: Iterable[RowChange], related: type[Model]) -> set[int]:
    """Return the ids of the rows of another table that the changed rows refer to."""
    return {
        pk
        for change in changes
        for pk in _named(apps.get_model(change.table), change.after or {}, related)
    }


def _named(table: type[Model], values: Values, related: type[Model]) -> set[int]:
    fields = [field for field in _facts(table) if field.related_model is related]
    return {values[field.attname] for field in fields if values.get(field.attname)}


def _is_as_before(row: Model, before: Values) -> bool:
    values = _values(row)
    return all(values[column] == value for column, value in before.items())


def _set(row: Model, values: Values) -> None:
    for column, value in values.items():
        setattr(row, column, value)
    row.save()


def _read(table: type[Model], values: Values) -> Values:
    fields = {field.attname: field for field in _facts(table)}
    return {column: fields[column].to_python(value) for column, value in values.items()}
