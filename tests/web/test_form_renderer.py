"""Fields and widgets that are drawn without templates are as Django's templates draw them."""

from typing import Any

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates, TemplatesSetting
from django.test.html import parse_html
from django.utils.safestring import mark_safe

from lifecycle.config.form_renderer import FormRenderer

NASTY = '<b>"it\'s" & more</b>'
CHOICES = [("", "Nothing"), (NASTY, NASTY), (3, mark_safe("<i>3</i>"))]  # noqa: S308
GROUPED = [("First", [(1, "One"), (2, "Two")]), ("Last & least", [(3, "Three")])]
WIDGETS: dict[str, tuple[forms.Widget, Any]] = {
    "text": (forms.TextInput({"title": NASTY, "required": True, "hidden": False}), NASTY),
    "empty": (forms.TextInput(), None),
    "number": (forms.NumberInput({"min": 1_000}), 1_234),
    "email": (forms.EmailInput(), "a@example.org"),
    "password": (forms.PasswordInput(render_value=True), NASTY),
    "date": (forms.DateInput({"type": "date"}), "2026-01-05"),
    "hidden": (forms.HiddenInput(), NASTY),
    "checkbox": (forms.CheckboxInput(), True),
    "unchecked": (forms.CheckboxInput(), False),
    "textarea": (forms.Textarea({"rows": 2}), f"\n{NASTY}"),
    "blank textarea": (forms.Textarea(), ""),
    "select": (forms.Select(choices=CHOICES), NASTY),
    "groups": (forms.Select({"class": "wide"}, choices=GROUPED), 2),
    "checkboxes": (forms.CheckboxSelectMultiple({"class": "x"}, choices=CHOICES), [NASTY, "3"]),
    "radio": (forms.RadioSelect(choices=GROUPED), "3"),
    "without an id": (forms.RadioSelect(choices=CHOICES), None),
}


@pytest.mark.parametrize("name", WIDGETS)
def test_widget_is_as_djangos_template_draws_it(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    widget, value = WIDGETS[name]
    attrs = {} if name == "without an id" else {"id": "id_field"}
    expected = widget.render("field", value, attrs, DjangoTemplates())
    monkeypatch.setattr(TemplatesSetting, "render", None)  # none is needed
    drawn = widget.render("field", value, attrs, FormRenderer())
    assert parse_html(drawn) == parse_html(expected)


class Study(forms.Form):
    name = forms.CharField(label="Name & title", help_text='See <a href="/x">this</a>.')
    agreed = forms.BooleanField(label="I agree", help_text="Please.")
    ways = forms.MultipleChoiceField(choices=GROUPED, widget=forms.CheckboxSelectMultiple)

    default_renderer = FormRenderer


def test_field_has_its_label_hint_and_errors_and_tells_readers_of_them() -> None:
    form = Study({"name": ""})
    form.add_error("name", NASTY)
    name, agreed, ways = (str(form[field].as_field_group()) for field in form.fields)
    assert '<div class="field wrong"><label for="id_name">Name &amp; title</label>' in name
    assert 'id="id_name_helptext">See <a href="/x">this</a>.</div>' in name
    assert 'aria-describedby="id_name_helptext id_name_error"' in name
    assert '<span class="unseen">Error:</span> &lt;b&gt;' in name
    assert '<label class="tick" for="id_agreed"><input type="checkbox"' in agreed
    assert "I agree</label>" in agreed
    assert "<legend>Ways</legend>" in ways
    assert ways.count('type="checkbox"') == 3
