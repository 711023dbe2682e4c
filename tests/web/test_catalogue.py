"""Finding a model, reading its dates and what asking takes, and the public numbers."""

from datetime import date, timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from lifecycle.catalogue.models import AIModel, DateChange, Provider, Retirement
from requests_app.models import AccessRequest, Policy
from tests.support.bulk_grants import many_grants
from tests.support.page_client import assert_nothing_inline, main_of, other_model, page

pytestmark = pytest.mark.django_db

OPUS = "Claude Opus 3"


@pytest.fixture
def catalogue(policy: Policy) -> None:
    """Opus, retired and open to requests; one that serves; one of another lab, soon to go."""
    other_model("serving-1", retires=date(2099, 1, 1))
    openai = Provider.objects.create(slug="openai", name="OpenAI")
    going = AIModel.objects.create(identifier="going-1", name="Going One", provider=openai)
    day = timezone.now().date() + timedelta(days=30)
    Retirement.objects.create(ai_model=going, platform="API", retires=day, precision="day")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {OPUS, "serving-1", "Going One"}),
        ("q=opus", {OPUS}),
        ("q=claude+3-opus", {OPUS}),
        ("q=OPENAI", {"Going One"}),
        ("provider=openai", {"Going One"}),
        ("state=serving", {"serving-1"}),
        ("state=retired", {OPUS}),
        ("state=retiring", {"Going One"}),
        ("can_ask=on", {OPUS}),
        ("retired_from=2026-01-05&retired_until=2026-01-05", {OPUS}),
        ("retired_until=2026-01-04", set()),
        ("retired_from=2099-01-01", set()),
        ("q=opus&provider=openai", set()),
    ],
)
def test_models_are_found_by_what_is_in_the_address(
    catalogue: None, client: Client, query: str, found: set[str]
) -> None:
    shown = page(client.get(f"/models/?{query}"))
    assert {name for name in (OPUS, "serving-1", "Going One") if f" {name} " in shown} == found
    assert ("No models match." in shown) == (not found)


def test_a_search_that_cannot_be_read_says_why_and_keeps_the_rest(
    catalogue: None, client: Client
) -> None:
    shown = client.get("/models/?retired_from=yesterday&q=opus&state=odd")
    assert "Enter the date as year, month, day" in page(shown)
    assert OPUS in page(shown)
    assert 'value="opus"' in shown.content.decode()
    assert "The end date must be after the start date." in page(
        client.get("/models/?retired_from=2026-02-01&retired_until=2026-01-01")
    )


def test_a_long_list_has_pages_that_keep_the_search(policy: Policy, client: Client) -> None:
    for number in range(60):
        other_model(f"m-{number:02}")
    first = client.get("/models/?q=m-")
    assert "60 of 61 models match. Page 1 of 2." in page(first)
    assert 'href="?q=m-&amp;page=2"' in first.content.decode()
    assert len(first.content) < 60_000
    assert "Page 2 of 2." in page(client.get("/models/?q=m-&page=2"))
    assert "Page 2 of 2." in page(client.get("/models/?q=m-&page=99"))


def test_a_model_shows_its_dates_drawn_and_in_words(opus: AIModel, client: Client) -> None:
    retirement = opus.retirements.get()
    DateChange.objects.create(
        retirement=retirement, position=1, from_date="2025-12-01", to_date="2026-01-05"
    )
    answer = client.get(f"/models/{opus.identifier}/")
    assert_nothing_inline(answer)
    drawing = main_of(answer).split("<svg")[1].split("</svg>")[0]
    assert "announced on 30 June 2025" in drawing
    assert "originally planned for 1 December 2025" in drawing
    assert "retires on 5 January 2026" in drawing
    assert drawing.count("<circle") == 3
    assert "1 December 2025 Originally planned date, later changed to 5 January 2026" in page(
        answer
    )
    assert "Available by request." in page(answer)


def decided(policy: Policy, opus: AIModel, many: int, days: int) -> None:
    many_grants(many, opus, policy)
    AccessRequest.objects.update(submitted_at=timezone.now() - timedelta(days=days))
    AccessRequest.objects.update(closed_at=timezone.now())


def test_a_model_says_how_long_decisions_take_once_there_are_enough(
    policy: Policy, opus: AIModel, client: Client
) -> None:
    address = f"/models/{opus.identifier}/"
    decided(policy, opus, 4, days=3)
    assert "Decision times are shown from 5 decided requests on." in page(client.get(address))
    many_grants(1, opus, policy, start=4)
    cache.clear()  # where the statistics stay for some minutes
    assert "Median decision time: 3 days." in page(client.get(address))


def test_numbers_count_what_was_sent_by_policy_and_model(
    policy: Policy, opus: AIModel, in_review: AccessRequest, client: Client
) -> None:
    many_grants(5, opus, policy)
    shown = page(client.get("/numbers/"))
    assert "Requested 6 Open 1 Granted 5 Declined 0 Expired 0 Withdrawn 0" in shown
    assert "Opus 3 6 1 5 0 0 0 under a day" in shown
    assert "Claude Opus 3 1 not enough data" in shown


def test_numbers_of_few_say_nothing_of_what_became_of_them(
    policy: Policy, opus: AIModel, in_review: AccessRequest, client: Client
) -> None:
    many_grants(3, opus, policy)
    shown = page(client.get("/numbers/"))
    assert "Opus 3 4 not enough data" in shown
    assert "Granted 3" not in shown
    assert "Requested 4 All requests sent for review." in shown


def test_model_page_explains_only_the_marks_that_it_draws(opus: AIModel, client: Client) -> None:
    address = f"/models/{opus.identifier}/"
    legend = "announced retirement today"
    assert legend in page(client.get(address))
    DateChange.objects.create(
        retirement=opus.retirements.get(), position=1, from_date="2026-01-01", to_date="2026-01-05"
    )
    assert "announced changed date retirement today" in page(client.get(address))


def test_model_page_leads_to_a_replacement_that_is_known_here(
    opus: AIModel, client: Client
) -> None:
    other = other_model("newer-1", retires=date(2099, 1, 1))
    opus.replacements.create(position=1, identifier=other.identifier)
    opus.replacements.create(position=2, identifier="elsewhere-1")
    html = client.get(f"/models/{opus.identifier}/").content.decode()
    assert f'href="/models/{other.identifier}/">{other.name}</a>' in html
    assert "elsewhere-1" in html
    assert "/models/elsewhere-1/" not in html


def test_numbers_leave_drafts_out_and_name_nobody(draft: AccessRequest, client: Client) -> None:
    shown = page(client.get("/numbers/"))
    assert "No requests yet." in shown
    assert "Alice" not in shown
