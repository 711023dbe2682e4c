"""The page about oneself finds organisations: those known here, then the registry's."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import cache
from pytest_django import Settings

from lifecycle.people.models import Institution, User
from requests_app.models import AccessRequest
from tests.support.page_client import Browser, page
from tests.support.ror_server import RorServer, item, ror_id, serving

pytestmark = pytest.mark.django_db
Post = Callable[..., Any]


@pytest.fixture
def registry(settings: Settings) -> Iterator[RorServer]:
    with serving() as server:
        settings.ROR_API_URL = server.url
        server.items = [item("University of Oslo", town="Oslo", country="NO", number=7)]
        yield server


@pytest.fixture
def post(draft: AccessRequest, alice: User) -> Post:
    browser = Browser(alice)

    def post(**typed: str) -> Any:
        fields = {"track": "academic", "team": "Alice & Bob", "organisation": "Osl", "country": ""}
        return browser.post(f"/requests/{draft}/edit/about/", {**fields, **typed})

    return post


def look_up(post: Post, name: str, **typed: str) -> Any:
    return post(**{"look_up": "1", "find-name": name, **typed})


def test_known_institutions_come_first_and_once(registry: RorServer, post: Post) -> None:
    Institution.objects.create(name="Oslo Institute", is_curated=True)
    Institution.objects.create(name="University of OSLO", is_curated=True)
    Institution.objects.create(name="Oslo, as somebody typed it")
    matches = look_up(post, "oslo").context["helper"].matches
    assert [(match.name, bool(match.ror)) for match in matches] == [
        ("Oslo Institute", False),
        ("University of OSLO", False),
    ]


def test_pick_fills_in_name_id_and_country_and_keeps_the_rest(
    registry: RorServer, post: Post, draft: AccessRequest
) -> None:
    before = draft.revision.digest()
    (match,) = look_up(post, "oslo").context["helper"].matches
    answer = post(pick=match.value, shown_text="abc")
    form = answer.context["form"]
    told = {name: form[name].value() for name in ("organisation", "organisation_id", "country")}
    assert told == {
        "organisation": "University of Oslo",
        "organisation_id": ror_id(7),
        "country": "NO",
    }
    assert form["team"].value() == "Alice & Bob"
    assert 'name="shown_text" value="abc"' in answer.content.decode()
    assert draft.revision.digest() == before
    saved = {**told, "track": "academic", "team": "Alice & Bob"}
    assert post(**saved).status_code == 302
    assert draft.revision.organisation_id == ror_id(7)


def test_field_points_to_the_search_below_it(
    registry: RorServer, draft: AccessRequest, alice: User
) -> None:
    shown = Browser(alice).get(f"/requests/{draft}/edit/about/").content.decode()
    assert '<a href="#find">Look it up below.</a>' in shown
    assert 'id="find"' in shown


def test_country_that_was_chosen_stays(registry: RorServer, post: Post) -> None:
    (match,) = look_up(post, "oslo").context["helper"].matches
    assert post(pick=match.value, country="SE").context["form"]["country"].value() == "SE"


@pytest.mark.parametrize("forged", ["", "x", "a b", "- - <script>", "\x00 \x00 \x00"])
def test_forged_pick_is_only_what_somebody_could_type(post: Post, forged: str) -> None:
    Institution.objects.create(name="Oslo Institute", is_curated=True)
    answer = post(pick=forged)
    assert answer.status_code == 200
    assert "<script>" not in answer.content.decode()


def test_failure_of_the_registry_leaves_the_plain_field(registry: RorServer, post: Post) -> None:
    Institution.objects.create(name="Oslo Institute", is_curated=True)
    registry.fault = "500"
    shown = page(look_up(post, "oslo"))
    assert "Oslo Institute" in shown
    assert "The registry of organisations doesn't answer now." in shown


def test_nothing_found_says_what_to_do(registry: RorServer, post: Post) -> None:
    registry.items = []
    assert "Nothing found. Type the name into the field above." in page(look_up(post, "nowhere"))


def test_empty_search_is_refused_at_its_field_and_asks_nobody(
    registry: RorServer, post: Post
) -> None:
    answer = look_up(post, "  ", organisation="")
    assert answer.status_code == 422
    assert "Enter its name, or a part of it." in page(answer)
    assert not answer.context["form"].errors
    assert registry.asked == []


def test_search_looks_for_what_is_in_the_field_unless_it_has_its_own(
    registry: RorServer, post: Post
) -> None:
    answer = look_up(post, "", organisation="Bergen")
    assert answer.context["helper"].form["name"].value() == "Bergen"
    look_up(post, "Oslo", organisation="Bergen")
    assert registry.asked == ["bergen", "oslo"]


def test_without_registry_and_known_institutions_there_is_no_search(
    draft: AccessRequest, alice: User, post: Post
) -> None:
    shown = page(Browser(alice).get(f"/requests/{draft}/edit/about/"))
    assert "Find your organisation" not in shown
    assert look_up(post, "oslo").status_code == 404


def test_too_many_searches_lose_nothing_that_was_typed(
    registry: RorServer, post: Post, settings: Settings
) -> None:
    settings.LOOKUPS_PER_HOUR = 2
    cache.clear()
    answers = [look_up(post, f"oslo {number}") for number in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].context["form"]["team"].value() == "Alice & Bob"
    assert len(registry.asked) == 2
