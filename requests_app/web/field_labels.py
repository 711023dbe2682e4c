"""Find a form's labels by the names of its submitted fields."""

from collections.abc import Iterator, Mapping, Sequence

from django.forms import BaseForm


def of_form(names: Sequence[str]) -> Mapping[str, str]:
    """Return labels of the form with most of these and fewest other fields; empty if unknown."""
    sent = set(names)
    found = max(_forms(BaseForm), key=lambda form: _likeness(form, sent), default=None)
    fields = getattr(found, "base_fields", {})
    return {name: str(fields[name].label) for name in sent & set(fields) if fields[name].label}


def _likeness(form: type[BaseForm], sent: set[str]) -> tuple[int, int]:
    fields = set(getattr(form, "base_fields", ()))
    return len(fields & sent), -len(fields - sent)


def _forms(parent: type[BaseForm]) -> Iterator[type[BaseForm]]:
    """Yield all loaded form classes in the order they were defined."""
    for form in parent.__subclasses__():
        yield form
        yield from _forms(form)
