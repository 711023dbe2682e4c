"""Organisations are looked up at a real server that speaks as ROR's API v2, or doesn't."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.test import override_settings
from pytest_django import Settings

from lifecycle.people import ror, ror_search
from lifecycle.people.ror_search import Organisation, Unavailable
from tests.support.ror_server import RorServer, item, ror_id, serving

pytestmark = pytest.mark.django_db


@pytest.fixture
def registry(settings: Settings) -> Iterator[RorServer]:
    with serving() as server:
        settings.ROR_API_URL = server.url
        yield server


def test_search_asks_once_and_keeps_the_answer(registry: RorServer) -> None:
    registry.items = [item("University of Example", town="Exampleton", country="CH")]
    found = ror_search.search(" University of EXAMPLE ")
    assert found == [Organisation("University of Example", ror_id(1), "CH", "Exampleton")]
    assert ror_search.search("university of example") == found
    assert registry.asked == ["university of example"]


def test_nothing_is_asked_while_it_is_off(registry: RorServer) -> None:
    with override_settings(ROR_API_URL=""):
        assert ror_search.search("Example") == []
    assert ror_search.search("   ") == []
    assert registry.asked == []


def test_name_is_the_one_that_the_registry_displays(registry: RorServer) -> None:
    names = [
        {"value": "UEX", "types": ["acronym"], "lang": None},
        {"value": "Universität 再見", "types": ["ror_display", "label"], "lang": "de"},
    ]
    registry.items = [item("", names=names)]
    assert [each.name for each in ror_search.search("uex")] == ["Universität 再見"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": "withdrawn"},
        {"id": "https://ror.org/02mhbdp95"},  # check digits
        {"id": "https://evil.example/02mhbdp94"},
        {"id": 7},
        {"names": []},
        {"names": None},
        {"names": [{"value": "x" * 201, "types": ["ror_display"]}]},
        {"names": [{"value": "Evil\u202eUniversity", "types": ["ror_display"]}]},
        {"names": [{"value": {"a": 1}, "types": ["ror_display"]}]},
        {"locations": []},
        {"locations": [{"geonames_details": {"country_code": "<b>", "name": "X"}}]},
        {"locations": "nowhere"},
    ],
)
def test_what_isnt_as_documented_is_left_out(registry: RorServer, wrong: dict[str, Any]) -> None:
    registry.items = [{**item("Odd"), **wrong}, item("Sound"), "nonsense", None]
    assert [each.name for each in ror_search.search("anything")] == ["Sound"]


def test_eight_are_enough(registry: RorServer) -> None:
    registry.items = [item(f"University {number}", number=number) for number in range(40)]
    assert len(ror_search.search("university")) == ror_search.MAX_MATCHES


@pytest.mark.parametrize("fault", ["500", "redirect", "html", "list", "deep", "large", "cut"])
def test_faults_are_told_and_nobody_waits_for_the_next(registry: RorServer, fault: str) -> None:
    registry.fault = fault
    for _ in range(3):
        with pytest.raises(Unavailable):
            ror_search.search("Example")
    assert len(registry.asked) == 1
    cache.clear()
    registry.fault = ""
    registry.items = [item("Example")]
    assert ror_search.search("Example")


@pytest.mark.parametrize("fault", ["silent", "dripping"])
def test_server_that_takes_its_time_is_given_up(
    registry: RorServer, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ror_search, "MAX_SECONDS", 0.3)
    registry.fault = fault
    started = time.monotonic()
    with pytest.raises(Unavailable):
        ror_search.search("Example")
    assert time.monotonic() - started < 2


def test_server_that_is_away_is_a_fault_too(settings: Settings) -> None:
    with serving() as server:
        settings.ROR_API_URL = server.url
    with pytest.raises(Unavailable):
        ror_search.search("Example")


def test_what_is_typed_is_one_value_of_the_query(registry: RorServer) -> None:
    ror_search.search("a&query=b#c ü")
    assert registry.asked == ["a query b#c ü"]


def test_operators_of_its_query_language_are_left_out(registry: RorServer) -> None:
    """A wrong query is answered by an error, after which nobody could search for a while."""
    ror_search.search('Example" AND (Institute: Köln/Bonn')
    assert registry.asked == ["example and institute köln bonn"]
    assert ror_search.search("(((") == []
    assert len(registry.asked) == 1


def test_ids_of_the_tests_are_real_ones() -> None:
    assert ror.clean(ror_id(1)) == ror_id(1)
