"""Finds the labels of a form by the names of the fields that were sent with it."""

from collections.abc import Iterator, Mapping, Sequence

from django.forms import BaseForm


def of_form(names: Sequence[str]) -> Mapping[str, str]:
    """Of the form that has most of these fields and fewest others; of an unknown one nothing."""
    sent = set(names)
    found = max(_forms(BaseForm), key=lambda form: _likeness(form, sent), default=None)
    fields = getattr(found, "base_fields", {})
    return {name: str(fields[name].label) for name in sent & set(fields) if fields[name].label}


def _likeness(form: type[BaseForm], sent: set[str]) -> tuple[int, int]:
    fields = set(getattr(form, "base_fields", ()))
    return len(fields & sent), -len(fields - sent)


def _forms(parent: type[BaseForm]) -> Iterator[type[BaseForm]]:
    """Every form that is loaded, in the order in which they were."""
    for form in parent.__subclasses__():
        yield form
        yield from _forms(form)
