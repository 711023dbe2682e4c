"""A day or a time that is shown says whose it is: UTC's, or that of the reader's clock."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib import admin
from django.db.models import DateField
from django.template.loader import render_to_string
from django.test import Client
from django.utils import timezone

from lifecycle.people import time_zones
from lifecycle.people.models import User
from requests_app.models import AccessRequest, Grant
from requests_app.templatetags.times import day
from requests_app.wording import moments, step_windows
from tests.support.page_client import Browser, page

EVENING = datetime(2027, 5, 5, 2, 0, tzinfo=UTC)  # still the 4th in Los Angeles
NAMED = re.compile(r'(\w+)=[\w.|:]+\|date:"[^"]+"')
DIRECT = re.compile(r'\{\{ [\w.|:]+\|date:"(?!c"|Y-m-d")[^"]+" \}\}(.{0,90})', re.DOTALL)
A_PROVIDERS_DAY = ("announced", "extended_access_from", "from_date", "to_date")  # beside `retires`


MAILS = sorted(Path("templates/mail").rglob("*.*"))
DESK = sorted(
    path for path in Path("templates/admin").rglob("*.html") if path.name != "at.html"
)  # whose places are tried


@pytest.mark.parametrize("path", MAILS, ids=str)
def test_every_day_in_a_mail_says_that_it_is_utcs(path: Path) -> None:
    text = " ".join(path.read_text().split())
    for name in NAMED.findall(text):
        for after in re.findall(r"\{\{ " + name + r" \}\}(.{0,9})", text):
            assert re.match(r" \(?UTC| \{\{ zone", after), (name, after)


@pytest.mark.parametrize("path", DESK, ids=str)
def test_every_day_on_the_desk_says_that_it_is_utcs(path: Path) -> None:
    text = " ".join(path.read_text().split())
    for found in re.finditer(r'(.{0,50})\{% include "[\w/]*parts/at.html".*?%\}(.{0,8})', text):
        before, after = text[max(0, found.start(2) - 400) : found.start(2)], found[2]
        assert after.startswith(" UTC") or "(UTC)" in before, found[0]
    for found in DIRECT.finditer(text):
        is_beside = any(name in found[0].partition("}}")[0] for name in A_PROVIDERS_DAY)
        in_column = "(UTC)" in text[max(0, found.start() - 120) : found.start()]
        assert is_beside or in_column or re.search(r"UTC|^ to \{\{", found[1]), found[0]


def test_every_column_of_the_desk_that_shows_a_time_says_utc() -> None:
    for model, shown in admin.site._registry.items():
        fields = {field.name: field for field in model._meta.get_fields()}
        for column in shown.list_display:
            name = column if isinstance(column, str) else getattr(column, "__name__", "")
            if isinstance(fields.get(name), DateField):
                title = getattr(column, "short_description", "")
                assert title.endswith("(UTC)"), (model, name)


def days_of(schema: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(schema, dict):
        if schema.get("format") == "date":
            yield path, schema.get("description", "")
        for key, value in schema.items():
            yield from days_of(value, f"{path}/{key}")


@pytest.mark.django_db
def test_every_day_of_the_api_says_that_it_is_utcs(client: Client) -> None:
    found = dict(days_of(json.loads(client.get("/api/v1/schema/?format=json").content)))
    assert len(found) > 10
    assert {path: message for path, message in found.items() if "UTC" not in message} == {}


def test_the_day_of_a_moment_is_the_readers_and_says_so() -> None:
    with timezone.override(time_zones.named("America/Los_Angeles")):
        assert ">4 May 2027 (PDT)<" in day(EVENING)
        assert 'title="5 May 2027, 02:00 UTC"' in day(EVENING)
        assert moments.day(EVENING) == "4 May 2027 (PDT)"
    assert "PDT" not in day(EVENING.date())


def test_working_days_say_that_they_are_counted_in_utc() -> None:
    assert step_windows.window(timedelta(days=2), "DE") == "2 working days (Germany, UTC)"


@pytest.mark.django_db
def test_pages_with_days_of_the_catalogue_say_that_they_are_utcs(in_review: AccessRequest) -> None:
    alice = in_review.requester
    for address in ("/", "/models/", "/models/claude-3-opus-20240229/", "/promises/"):
        assert "Dates are in UTC." in page(Browser(alice).get(address)), address
    shown = page(Browser(alice).get(f"/requests/{in_review}/"))
    assert re.search(r"From \d+ \w+ \d+ \(UTC\) Until about \d+ \w+ \d+ \(UTC\)", shown)


@pytest.mark.django_db
def test_badges_say_whose_day_they_name(grant: Grant, alice: User) -> None:
    grant.confirm_by = timezone.now() + timedelta(days=3)
    grant.save(update_fields=["confirm_by"])
    browser = Browser(alice)
    browser.cookies["time_zone"] = "Pacific/Auckland"
    assert re.search(r"confirm by \d+ \w+ \d+ \(NZ[SD]T\)", page(browser.get("/access/")))


def test_a_mail_names_utc_at_the_day_until_which_a_key_can_be_made() -> None:
    days = dict.fromkeys(("activated_at", "ends_at", "claim_by"), EVENING)
    grant = {**days, "public_id": "grant_x"}
    message = render_to_string("mail/grant_active.html", {"grant": grant, "models": "Opus"})
    assert "Create your key by 5 May 2027, 02:00 UTC," in message
