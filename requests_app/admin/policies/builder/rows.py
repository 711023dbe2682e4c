"""Rows of a form that buttons add, remove and move; everything typed in them is kept."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from django import forms
from django.http import QueryDict

BUTTON = "row"  # its value is like `steps up 2`: the rows, what to do, and the row's number
FIRST_FIELD = "first field"
NUMBERED = re.compile(r"([0-9]{1,4})-(\w+)")


class Row(NamedTuple):
    """What was typed in one row, under the number that the page gave it."""

    number: str
    values: dict[str, list[str]]

    @property
    def position(self) -> int:
        (order,) = self.values.get("ORDER", [""])[-1:]
        return int(order) if re.fullmatch("[0-9]{1,4}", order) else 10_000


class RowFormSet(forms.BaseFormSet[forms.Form]):
    """Rows in the order of the page, which a script may have changed, or of the buttons.

    After a button, `focus` names the row and the control that has the focus next.
    """

    ordering_widget = forms.HiddenInput
    moves = ("up", "down", "remove")
    focus: tuple[int, str] | None = None

    def __init__(self, data: QueryDict | None = None, **how: Any) -> None:
        if data is None:
            super().__init__(**how)
            return
        rows = typed_rows(data, how["prefix"])
        which, _, button = data.get(BUTTON, "").partition(" ")
        if which == how["prefix"]:
            self.focus = self._press(rows, button, how.get("form_kwargs") or {})
        del how["initial"]
        super().__init__(numbered(rows[: self.max_num + 1], which=how["prefix"]), **how)

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        place, form.focus = self.focus or (None, "")
        if index != place:
            form.focus = ""
        elif form.focus == FIRST_FIELD:
            next(iter(form.fields.values())).widget.attrs["autofocus"] = True

    def _press(
        self, rows: list[Row], button: str, form_kwargs: Mapping[str, Any]
    ) -> tuple[int, str] | None:
        act, _, number = button.partition(" ")
        if act == "add" and len(rows) < self.max_num:
            rows.append(Row("", initial_values(self.form(**form_kwargs))))
            return len(rows) - 1, FIRST_FIELD
        place = next((at for at, row in enumerate(rows) if row.number == number), None)
        if place is None:
            return None
        row = rows.pop(place)
        if act == "remove":
            return min(place, len(rows) - 1), FIRST_FIELD
        rows.insert(max(place - 1, 0) if act == "up" else place + 1, row)
        place = rows.index(row)
        # At either end only the button that leads back is there.
        act = {0: "down", len(rows) - 1: "up"}.get(place, act)
        return place, act

    def forget_missing(self) -> None:
        for form in self.forms:
            forget_missing(form)


def row_formset(form: type[forms.Form], most: int) -> type[RowFormSet]:
    """Return the class of a list of such forms, which counts one too many to refuse it."""
    made = forms.formset_factory(
        form,
        formset=RowFormSet,
        extra=0,
        can_order=True,
        max_num=most,
        absolute_max=most + 1,
    )
    assert issubclass(made, RowFormSet)
    return made


def typed_rows(data: QueryDict, prefix: str) -> list[Row]:
    """Return the rows in their order."""
    rows: dict[str, Row] = {}
    for key, values in data.lists():
        if key.startswith(f"{prefix}-") and (found := NUMBERED.fullmatch(key[len(prefix) + 1 :])):
            row = rows.setdefault(found[1], Row(found[1], {}))
            row.values[found[2]] = [str(value) for value in values]
    return sorted(rows.values(), key=lambda row: row.position)


def numbered(rows: list[Row], *, which: str) -> QueryDict:
    """Return the rows as a browser would send them, without gaps."""
    data = QueryDict(mutable=True)
    for number, row in enumerate(rows):
        for name, values in row.values.items():
            data.setlist(f"{which}-{number}-{name}", values)
        data[f"{which}-{number}-ORDER"] = str(number + 1)
    # Each row is there because somebody wants it, so none may be left empty.
    data[f"{which}-TOTAL_FORMS"] = data[f"{which}-INITIAL_FORMS"] = str(len(rows))
    return data


def initial_values(form: forms.Form) -> dict[str, list[str]]:
    """Return what a browser would send of a form that nobody has touched."""
    values = {field.name: field.field.prepare_value(field.initial) for field in form}
    sent = {
        name: value if isinstance(value, list) else [value]
        for name, value in values.items()
        if value not in (None, False)
    }
    return {name: [str(each) for each in value] for name, value in sent.items()}


def forget_missing(form: forms.BaseForm) -> None:
    """Forget that required fields are blank, while the form is still being filled in."""
    for name, errors in list(form.errors.items()):
        errors.data = [each for each in errors.as_data() if each.code != "required"]
        if not errors.data:
            del form.errors[name]
