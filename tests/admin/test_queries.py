"""No address of the desk fails by what stands in its query or its path, whoever asks."""

import random
import re
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from django.contrib import admin
from django.db import DataError, models
from django.test import Client
from django.urls import URLPattern, URLResolver

from lifecycle.people.models import User
from requests_app.admin.base import ReadOnlyAdmin
from requests_app.models import AccessRequest, Grant
from requests_app.reports.public_numbers import statistics
from tests.support.desk_client import LIST, signed_in
from tests.support.soak_sizes import size

pytestmark = pytest.mark.django_db

HUGE = "99999999999999999999"
ODD = [
    "",
    "x",
    "-1",
    "0",
    HUGE,
    "1e999",
    "[]",
    "'",
    "%00",
    "%FF",
    "%ED%A0%80",
    "2026-02-30",
    "a" * 3000,
]
# What Django's own lists and pages read.
DJANGOS = [
    "o", "p", "q", "all", "e", "_facets", "_popup", "_to_field", "_changelist_filters", "next",
    "app_label", "model_name", "field_name", "term", "against",
]  # fmt: skip


def addresses(patterns: list[Any], before: str = "/admin/") -> Iterator[str]:
    """Every address of the desk, as a pattern with its converters."""
    for entry in patterns:
        if isinstance(entry, URLResolver):
            yield from addresses(entry.url_patterns, f"{before}{entry.pattern}")
        elif isinstance(entry, URLPattern):
            yield before + str(entry.pattern)


def filled(pattern: str, value: str) -> str:
    return re.sub(r"\(\?P<\w+>.*?\)(?=/|\$)|<[^>]+>", value, pattern).translate(
        {94: None, 36: None}
    )


def filters(desk: Any) -> Iterator[str]:
    for each in desk.list_filter:
        name = getattr(each, "parameter_name", None) or (each if isinstance(each, str) else each[0])
        yield from (name, f"{name}__exact", f"{name}__isnull", f"{name}__gte")
    for field in desk.model._meta.fields:
        if isinstance(field, models.DateField):
            yield from (f"{field.name}__{part}" for part in ("year", "iso_year", "week_day"))
    if desk.date_hierarchy:
        yield from (f"{desk.date_hierarchy}__{part}" for part in ("year", "month", "day", "gte"))


def odd_addresses() -> Iterator[str]:
    everywhere = list(addresses(admin.site.urls[0]))
    yield from (filled(pattern, value) for pattern, value in product(everywhere, ODD))
    yield from (f"{filled(a, '1')}?{p}={v}" for a, p, v in product(everywhere, DJANGOS, ODD))
    for model, desk in admin.site._registry.items():
        start = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        yield from (f"{start}?{name}={value}" for name, value in product(filters(desk), ODD))


@pytest.fixture
def ada(ada: User, in_review: AccessRequest, grant: Grant) -> User:
    return ada


def test_no_odd_address_of_the_desk_fails(ada: User, rita: User) -> None:
    everything = list(odd_addresses())
    for who in (signed_in(ada), signed_in(rita)):
        who.raise_request_exception = False
        tried = random.sample(everything, size(40, len(everything)))
        assert not [address for address in tried if who.get(address).status_code >= 500]


@pytest.mark.parametrize("part", ["month", "day"])
def test_dates_that_are_no_dates_fail_nowhere(ada: User, part: str) -> None:
    """Larger than any number of the database's; beyond what the sample is sure to meet."""
    chosen = {"year": "2026", "month": "13", "day": "31", part: HUGE}
    query = "&".join(f"created_at__{name}={value}" for name, value in chosen.items())
    assert signed_in(ada).get(f"{LIST}?{query}").status_code in (302, 400)


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/admin/catalogue/provider/?q=x", 200),  # a list without a search
        ("/admin/requests_app/externalkey/1/delete/?_to_field=", 403),
        ("/admin/people/user/0/change/?_to_field=", 302),
        ("/admin/catalogue/aimodel/1/delete/?_to_field=", 403),
        ("/admin/people/user/?joined_at__year=0", 302),
        ("/admin/people/user/?last_login__iso_year=0", 302),
    ],
)
def test_queries_that_failed_once_have_an_answer(ada: User, address: str, status: int) -> None:
    assert signed_in(ada).get(address).status_code == status


def fail(*_: object, **__: object) -> None:
    raise DataError("value out of range")


def test_a_list_that_can_not_be_is_logged_with_its_cause(
    ada: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(ReadOnlyAdmin, "get_queryset", fail)
    assert signed_in(ada).get(LIST).status_code == 400
    [record] = [each for each in caplog.records if each.name == "requests_app.web.middleware"]
    assert record.exc_info
    assert record.exc_info[0] is DataError


def test_a_page_that_fails_is_no_bad_address(
    ada: User, monkeypatch: pytest.MonkeyPatch, client: Client
) -> None:
    """Or a fault of ours would look like one of the reader's."""
    monkeypatch.setattr(statistics, "statistics_tables", fail)
    client.raise_request_exception = False
    assert client.get("/numbers/").status_code == 500
