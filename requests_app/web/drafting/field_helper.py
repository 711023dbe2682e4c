"""A helper for one field of a page: its buttons answer and save nothing."""

from collections.abc import Mapping
from typing import Any, Protocol

from django import forms
from django.utils.html import format_html
from django_stubs_ext import StrOrPromise

Typed = Mapping[str, Any]


class Helper(Protocol):
    """What a page shows below its form."""

    template: str
    buttons: tuple[str, ...]
    field: str  # beside which the page points to it
    pointer: StrOrPromise
    anchor: str

    def act(self, page: forms.Form, typed: Typed) -> bool:
        """Do what a button asks for, and fill it into the page; False if it was refused."""


def point_to(helper: Helper, page: forms.Form) -> None:
    """Link the helper, which stands below the form, from its field."""
    field = page.fields[helper.field]
    link = format_html('<a href="#{}">{}</a>', helper.anchor, helper.pointer)
    field.help_text = format_html("{} {}", field.help_text, link)


def keep_typed(form: forms.Form, typed: Typed) -> None:
    """Have the form show what was typed, whatever it is, without checking it."""
    form.initial.update(
        {
            name: field.widget.value_from_datadict(typed, {}, form.add_prefix(name))
            for name, field in form.fields.items()
        }
    )
