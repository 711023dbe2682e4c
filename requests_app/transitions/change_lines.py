"""Changes of the catalogue in words, for the events and the desk, which are English."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import apps
from django.db.models import ForeignKey, Model

from lifecycle.catalogue.models import DateChange
from requests_app.transitions.row_changes import RowChange, Values

NOT_SHOWN = {"set_by_people"}
# Of a moved date, the retirement's own line has the rest.
EXPLAINS_A_MOVE = {"changed_on", "reason", "source_id"}


def lines(changes: Sequence[RowChange]) -> list[str]:
    """Return a line for each row."""
    return [line for line in map(_line, changes) if line]


def _line(change: RowChange) -> str:
    table = apps.get_model(change.table)
    row = f"{table._meta.verbose_name} “{change.name}”"
    if change.after is None:
        return f"{row} removed"
    if change.before is None:
        columns = {name: value for name, value in change.after.items() if value not in EMPTY}
        if table is DateChange:
            columns = {name: columns[name] for name in columns if name in EXPLAINS_A_MOVE}
        told = "; ".join(_columns(table, columns, _new))
        return f"{row} added: {told}" if told else ""
    pairs = {name: (value, change.after[name]) for name, value in change.before.items()}
    told = "; ".join(_columns(table, pairs, _moved))
    return f"{row}: {told}" if told else ""


EMPTY: tuple[Any, ...] = (None, "", [], {})


def _columns(table: type[Model], values: Values, say: Any) -> Iterator[str]:
    for name, value in values.items():
        if name in NOT_SHOWN:
            continue
        field = next(each for each in table._meta.concrete_fields if each.attname == name)
        target = field.related_model if isinstance(field, ForeignKey) else None
        yield f"{field.verbose_name} {say(value, target)}"


def _new(value: Any, target: Any) -> str:
    return _shown(value, target)


def _moved(pair: tuple[Any, Any], target: Any) -> str:
    before, after = (_shown(value, target) for value in pair)
    return f"{before} → {after}"


def _shown(value: Any, target: Any) -> str:
    if value in EMPTY:
        return "none"
    if target is not None:
        return str(target._default_manager.filter(pk=value).first() or value)
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)
