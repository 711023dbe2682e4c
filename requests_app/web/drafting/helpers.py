"""Helpers beside the form of a page: buttons that answer and save nothing."""

from collections.abc import Mapping
from typing import Any, Protocol

from django import forms

Typed = Mapping[str, Any]


class Helper(Protocol):
    """What a page shows beside its form."""

    template: str
    buttons: tuple[str, ...]

    def act(self, page: forms.Form, typed: Typed) -> bool:
        """Do what a button asks for, and fill it into the page; False if it was refused."""


def keep_typed(form: forms.Form, typed: Typed) -> None:
    """Have the form show what was typed, whatever it is, without checking it."""
    form.initial.update(
        {
            name: field.widget.value_from_datadict(typed, {}, form.add_prefix(name))
            for name, field in form.fields.items()
        }
    )
