"""No secret of any form is kept when a session had ended: passwords, codes, keys, tokens."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.forms import BaseForm, PasswordInput
from django.test import RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver

from requests_app.web import form_recovery

SECRET = "correct horse battery staple"
KEY = "emk_" + "A1" * 16 + "wxyz"
OPEN = "/requests/new/"  # an address whose texts are kept
PASSWORD_IN_TEMPLATE = re.compile(r"<input[^>]*(?:password|one-time-code)[^>]*>")


def forms(parent: type[BaseForm] = BaseForm) -> Iterator[type[BaseForm]]:
    for form in parent.__subclasses__():
        yield form
        yield from forms(form)


def views(patterns: list[URLPattern | URLResolver], at: str = "/") -> Iterator[tuple[str, str]]:
    """Address and module of each."""
    for each in patterns:
        there = at + str(each.pattern).lstrip("^")
        if isinstance(each, URLResolver):
            yield from views(each.url_patterns, there)
        else:
            yield there, each.callback.__module__


def kept_of(name: str, text: str) -> str:
    request = RequestFactory().post(OPEN, {name: text, "purpose": "Seen."})
    found = form_recovery.submitted_form(request)
    assert found is not None
    return str(found.fields)


def test_no_password_of_any_form_is_kept() -> None:
    get_resolver().url_patterns  # noqa: B018 - loads every form that a page has
    named = {
        name
        for form in forms()
        for name, field in getattr(form, "base_fields", {}).items()
        if isinstance(field.widget, PasswordInput)
    }
    assert {"password", "password1", "oldpassword"} <= named
    for name in named:
        assert SECRET not in kept_of(name, SECRET), name


def test_no_secret_that_a_template_asks_for_is_kept() -> None:
    for path in Path("templates").rglob("*.html"):
        for field in PASSWORD_IN_TEMPLATE.findall(path.read_text()):
            for name in re.findall(r'\bname="(\w+)"', field):
                assert SECRET not in kept_of(name, SECRET), (path, name)


def test_nothing_sent_to_a_page_of_accounts_or_factors_is_kept() -> None:
    """Second-factor and recovery codes, passkeys, links of mails: by address, whatever the name."""
    found = [at for at, module in views(get_resolver().url_patterns) if "allauth" in module]
    assert any("2fa" in at for at in found)
    for at in found:
        assert at.startswith(form_recovery.EXCLUDED_PATHS), at
        assert form_recovery.submitted_form(RequestFactory().post(at, {"anything": SECRET})) is None


@pytest.mark.parametrize("name", ["code", "recovery_code", "secret", "token", "key", "credential"])
def test_no_code_is_kept_wherever_it_was_sent(name: str) -> None:
    assert SECRET not in kept_of(name, SECRET)


def test_a_key_inside_a_text_is_not_kept() -> None:
    message = kept_of("inputs", f"My key is {KEY}.")
    assert KEY not in message
    assert "My key is emk_…wxyz." in message
