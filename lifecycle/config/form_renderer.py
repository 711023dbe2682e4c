"""Draws fields and their usual widgets without templates.

A template for each field, its widget, its attributes and each option took most of the time of a
page with hundreds of fields. All other widgets have Django's templates.
"""

from collections.abc import Callable, Mapping
from html import escape
from typing import Any

from django.forms.renderers import TemplatesSetting
from django.utils.translation import gettext as _

Context = Mapping[str, Any]
WIDGETS = "django/forms/widgets/"


class FormRenderer(TemplatesSetting):
    """Django's renderer of templates from the settings, but for what is drawn here."""

    def render(self, template_name: str, context: Any, request: Any = None) -> str:
        if draw := DRAWN.get(template_name):
            return draw(context)
        return super().render(template_name, context, request)


def _safe(value: Any) -> str:
    """Escape what isn't HTML. Django's function keeps lazy texts lazy, too, which takes as long."""
    return str(value.__html__()) if hasattr(value, "__html__") else escape(str(value))


# Widgets, as in Django's templates --------------------------------------------------------------


def _attributes(widget: Context) -> str:
    return "".join(
        f" {name}" if value is True else f' {name}="{_safe(value)}"'
        for name, value in widget["attrs"].items()
        if value is not False
    )


def _input(context: Context) -> str:
    widget = context["widget"]
    value = "" if widget["value"] is None else f' value="{_safe(widget["value"])}"'
    return f'<input type="{widget["type"]}" name="{widget["name"]}"{value}{_attributes(widget)}>'


def _textarea(context: Context) -> str:
    widget = context["widget"]
    text = _safe(widget["value"] or "")
    # A parser drops the first line break.
    return f'<textarea name="{widget["name"]}"{_attributes(widget)}>\n{text}</textarea>'


def _select(context: Context) -> str:
    widget = context["widget"]
    groups = "".join(_group(name, options) for name, options, _place in widget["optgroups"])
    return f'<select name="{widget["name"]}"{_attributes(widget)}>{groups}</select>'


def _group(name: str | None, options: list[Context]) -> str:
    drawn = "".join(map(_option, options))
    return f'<optgroup label="{_safe(name)}">{drawn}</optgroup>' if name else drawn


def _option(option: Context) -> str:
    value, label = _safe(option["value"]), _safe(option["label"])
    return f'<option value="{value}"{_attributes(option)}>{label}</option>'


def _choices(context: Context) -> str:
    """Draw radio buttons or checkboxes."""
    widget = context["widget"]
    kept = {name: widget["attrs"].get(name) or False for name in ("id", "class")}
    drawn = ""
    for group, options, _place in widget["optgroups"]:
        each = "".join(f"<div>{_choice(option)}</div>" for option in options)
        drawn += f"<div><label>{_safe(group)}</label>{each}</div>" if group else each
    return f"<div{_attributes({'attrs': kept})}>{drawn}</div>"


def _choice(option: Context) -> str:
    drawn = _input({"widget": option})
    if not option.get("wrap_label"):
        return drawn
    place = option["attrs"].get("id")
    target = f' for="{place}"' if place else ""
    return f"<label{target}>{drawn} {_safe(option['label'])}</label>"


# Fields -----------------------------------------------------------------------------------------


def _field(context: Context) -> str:
    """Draw a field with its label, hint and errors."""
    field = context["field"]
    errors = field.errors
    drawn = _ticked(field, errors) if field.widget_type == "checkbox" else _labelled(field, errors)
    return f'<div class="field{" wrong" if errors else ""}">{drawn}</div>'


def _ticked(field: Any, errors: list[str]) -> str:
    label = f'<label class="tick" for="{field.id_for_label}">{field} {_safe(field.label)}</label>'
    return f"{_errors(field, errors)}{label}{_hint(field, ' under')}"


def _labelled(field: Any, errors: list[str]) -> str:
    drawn = f"{_hint(field)}{_errors(field, errors)}{field}{_words(field)}"
    label = _safe(field.label)
    if not field.use_fieldset:
        return f'<label for="{field.id_for_label}">{label}</label> {drawn}'
    described = field.aria_describedby
    by = f' aria-describedby="{described}"' if described else ""
    return f"<fieldset{by}><legend>{label}</legend>{drawn}</fieldset>"


def _hint(field: Any, more: str = "") -> str:
    """Draw the help text, which is ours and may have links."""
    text = field.help_text
    return f'<div class="hint{more}" id="{field.auto_id}_helptext">{text}</div>' if text else ""


def _errors(field: Any, errors: list[str]) -> str:
    if not errors:
        return ""
    named = _("Error:")
    drawn = " ".join(f'<span class="unseen">{named}</span> {_safe(error)}' for error in errors)
    return f'<p class="error" id="{field.auto_id}_error">{drawn}</p>'


def _words(field: Any) -> str:
    """Draw how many words there are of those allowed, which `static/words.js` keeps up to date."""
    most = getattr(field, "max_words", 0)
    if not most:
        return ""
    text = _('<span data-words-of="%(id)s" data-most="%(most)s">%(words)s</span> of %(most)s words')
    counted = text % {"id": field.id_for_label, "most": most, "words": field.words}
    return f'<p class="hint">{counted}</p>'


INPUTS = ("input", "text", "number", "email", "url", "password", "hidden", "date", "checkbox")
DRAWN: dict[str, Callable[[Context], str]] = {
    **{f"{WIDGETS}{name}.html": _input for name in INPUTS},
    **{f"{WIDGETS}{name}.html": _choices for name in ("checkbox_select", "radio")},
    f"{WIDGETS}textarea.html": _textarea,
    f"{WIDGETS}select.html": _select,
    "django/forms/field.html": _field,
}
