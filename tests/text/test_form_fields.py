"""Every field in which somebody types a text brings it into its one form; exceptions are listed."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin
from django.test import RequestFactory
from django.urls import get_resolver
from rest_framework import serializers

from lifecycle.config.env import ROOT
from lifecycle.people.models import User
from lifecycle.people.sign_in.second_factor_forms import NamesPasskey, RenamePasskey
from lifecycle.text.form_fields import CodeField, LineField, ProseField, VerbatimField
from requests_app.api import voice_bodies
from requests_app.api.request_bodies import TextField

CLEANING = (LineField, ProseField, CodeField, VerbatimField)
CLEANING_IN_THE_API = (TextField, voice_bodies.VerbatimField)
# Their own rules: addresses, passwords (`User.set_password`), slugs, lists of addresses, JSON.
OTHER_RULES = {"email", "owner", "slug", "sources", "parameters", "notice_days", "person"}
SECRETS = {"password", "password1", "password2", "oldpassword", "code", "credential"}
NOT_SHOWN = {"username", "first_name", "last_name"}  # people have none: taken out again


def subclasses(kind: Any) -> Iterator[Any]:
    for each in kind.__subclasses__():
        yield each
        yield from subclasses(each)


def our_forms() -> Iterator[Any]:
    get_resolver().url_patterns  # noqa: B018  # what the site shows is imported then
    for form in sorted({*subclasses(forms.BaseForm)}, key=str):
        names_passkey = issubclass(form, NamesPasskey)  # its field is ours once it is made
        if form.__module__.startswith(("lifecycle.", "requests_app.")) and not names_passkey:
            yield form


def admin_forms() -> Iterator[Any]:
    request = RequestFactory().get("/")
    request.user = User.objects.create_superuser("root@example.org", full_name="Root")
    for desk in admin.site._registry.values():
        if desk.has_change_permission(request):
            yield desk.get_form(request)
            yield desk.get_form(request, change=True)
            yield from (row.form for row, _ in desk.get_formsets_with_inlines(request))


def typed_fields(of: Iterator[Any]) -> Iterator[tuple[str, Any]]:
    for form in of:
        for name, field in getattr(form, "base_fields", {}).items():
            if isinstance(field, forms.CharField):
                yield name, field


def test_every_text_field_of_a_form_brings_what_is_typed_into_one_form(db: None) -> None:
    walked = [*typed_fields(our_forms()), *typed_fields(admin_forms())]
    assert len(walked) > 60
    plain = {name for name, field in walked if not isinstance(field, CLEANING)}
    assert plain <= OTHER_RULES | SECRETS | NOT_SHOWN


def test_the_name_of_a_passkey_is_brought_into_one_form() -> None:
    passkey = Authenticator(type=Authenticator.Type.WEBAUTHN, data={"name": "Laptop"})
    assert isinstance(RenamePasskey(instance=passkey).fields["name"], LineField)


def test_every_text_of_the_api_is_brought_into_one_form() -> None:
    get_resolver().url_patterns  # noqa: B018
    ours = {
        each for each in subclasses(serializers.Serializer) if "requests_app" in each.__module__
    }
    walked = [
        (name, getattr(field, "child", field))
        for serializer in ours
        if not issubclass(serializer, serializers.ModelSerializer)
        for name, field in serializer().fields.items()
        if not field.read_only
    ]
    texts = {name: field for name, field in walked if isinstance(field, serializers.CharField)}
    assert len(texts) > 20
    plain = {name for name, field in texts.items() if not isinstance(field, CLEANING_IN_THE_API)}
    assert plain <= OTHER_RULES


@pytest.mark.parametrize("package", ["lifecycle", "requests_app"])
def test_no_form_is_made_with_a_field_that_does_not(package: str) -> None:
    """Those that are added while a form is made aren't walked above."""
    for path in Path(ROOT / package).rglob("*.py"):
        text = path.read_text()
        for node in ast.walk(ast.parse(text)) if "CharField" in text else ():
            if isinstance(node, ast.Call):
                assert ast.unparse(node.func) != "forms.CharField", path


LONG = [
    (name, field)
    for name, field in typed_fields(our_forms())
    if field.max_length and isinstance(field.widget, forms.Textarea)
]


@pytest.mark.parametrize(("name", "field"), LONG)
def test_line_break_counts_as_one_character_as_in_the_browser(name: str, field: Any) -> None:
    """Browsers count it so for `maxlength`, and send it as two (HTML, 4.10.19.6)."""
    written = "a" * (field.max_length - 2) + "\r\nb"
    assert field.clean(written) == written.replace("\r\n", "\n")
    with pytest.raises(forms.ValidationError):
        field.clean(f"a{written}")


def test_long_fields_were_found() -> None:
    assert len(LONG) >= 8
