"""The model pages of the shipped catalogue: each hard case in words, and what is uncertain."""

from collections.abc import Callable
from datetime import date

import pytest
import time_machine
from django.test import Client

from lifecycle.catalogue.loading import LoadReport
from lifecycle.catalogue.models import AIModel, DateChange, Retirement
from requests_app.web.catalogue import timeline
from tests.support.page_client import assert_nothing_inline, page
from tests.support.soak_sizes import some
from tests.web.test_queries import queries

pytestmark = pytest.mark.django_db

Show = Callable[[str], str]


@pytest.fixture
def show(shipped: LoadReport, client: Client) -> Show:
    """Return the timeline of a model's page on 2026-11-30."""

    def show(identifier: str) -> str:
        with time_machine.travel("2026-11-30T12:00:00Z", tick=False):
            answer = client.get(f"/models/{identifier}/")
        assert_nothing_inline(answer)
        shown = page(answer)
        return shown.split(" Use it today ")[0] + shown.split(" Timeline ")[-1]

    return show


UNCERTAIN = "uncertain A third party says so: source"
CASES = [
    ("claude-mythos-preview", "Claude API Deprecated The provider lists it as “Deprecated” and "
     "gives no day."),
    ("claude-mythos-preview", "By invitation from its provider."),
    ("claude-3-opus-20240229", "5 January 2026 Retirement. source (last checked on 22 August 2026 )"
     " At 09:00, America/Los_Angeles, the provider's time zone: 5 January 2026, 17:00 UTC "
     + UNCERTAIN),
    ("claude-3-5-haiku-20241022", "Available on Amazon Bedrock. Available on Google Cloud."),
    ("claude-3-5-haiku-20241022", "Google Cloud Active No retirement date is set."),
    ("claude-opus-4-20250514", "Retired from Amazon Bedrock on 31 May 2026. According to a third "
     "party."),
    ("gemini-2.5-pro", "Still available on Gemini API until 1 December 2026. According to a third "
     "party."),
    ("gemini-2.5-pro", "1 December 2026 The date stayed; how firm it is changed. It was “not "
     "before this date” and became “on this date”."),
    ("gemini-2.5-pro", "Calls after the end are answered by another model: gemini-3.8-flash. "
     + UNCERTAIN),
    ("grok-code-fast-1", "Calls after the end are answered by another model: grok-build-0.1. That "
     "model has been retired too. Its page"),
    ("grok-code-fast-1", "At 12:00, America/Los_Angeles, the provider's time zone: "
     "15 May 2026, 19:00 UTC source"),
    ("claude-sonnet-4-5-20250929", "One announcement, on 30 September 2026, covers Claude API, "
     "Claude Platform on AWS and Microsoft Foundry. Retirement announced with 61 days' notice."),
    ("claude-sonnet-4-5-20250929", "Retired from claude.ai by 31 May 2026; the exact day isn't "
     "known. According to a third party."),
    ("claude-sonnet-4-5-20250929", "31 May 2026 Retired by this date at the latest"),
    ("claude-opus-4-1-20250805", "claude-opus-5 as of 5 August 2026 named by: release notes"),
    ("claude-opus-4-1-20250805", "as of 5 August 2026 named by: deprecation page"),
    ("claude-opus-4-8", "Kind Pinned snapshot"),
    ("gpt-4o-2024-08-06", "14 October 2026 Retirement announced with 92 days' notice."),
    ("gpt-4o-2024-08-06", "14 April 2027 Retirement. " + UNCERTAIN),
    ("code-davinci-002", "OpenAI API, retirement 2 Retired 6 July 2023 Retirement announced with "
     "182 days' notice. 4 January 2024 Retirement."),
]  # fmt: skip


@pytest.mark.parametrize(("identifier", "told"), CASES)
def test_model_page_tells_each_hard_case(show: Show, identifier: str, told: str) -> None:
    assert told in show(identifier)


def test_model_page_says_one_announcement_once(show: Show) -> None:
    shown = show("claude-sonnet-4-5-20250929")
    assert shown.count("One announcement, on") == 1
    assert shown.count("Retirement announced with 61 days' notice.") == 1


def test_every_model_page_of_the_shipped_catalogue_opens(show: Show, client: Client) -> None:
    for identifier in some(AIModel.objects.values_list("identifier", flat=True), 12):
        assert show(identifier)
        german = client.get(f"/models/{identifier}/", headers={"accept-language": "de"})
        assert german.status_code == 200


# Aliases --------------------------------------------------------------------------------------


def test_alias_leads_to_its_model_and_finds_it(show: Show, client: Client) -> None:
    answer = client.get("/models/gpt-4o/")
    assert (answer.status_code, answer["Location"]) == (302, "/models/gpt-4o-2024-08-06/")
    found = page(client.get("/models/?q=gpt-4o"))
    assert "gpt-4o-2024-08-06" in found
    assert "gpt-4.1-2025-04-14" in page(client.get("/models/?q=gpt-4.1"))


def test_alias_of_two_models_leads_to_a_search(opus: AIModel, client: Client) -> None:
    other = AIModel.objects.create(identifier="m-2", name="M 2", provider=opus.provider)
    opus.aliases.create(identifier="both", platform="A")
    other.aliases.create(identifier="both", platform="B")
    answer = client.get("/models/both/")
    assert (answer.status_code, answer["Location"]) == (302, "/models/?q=both")


@pytest.mark.parametrize(
    ("starts", "ends", "status"),
    [
        (None, date(2020, 1, 1), 302),
        (date(2020, 1, 1), None, 302),
        (date(2099, 1, 1), None, 404),
    ],
)
def test_alias_leads_from_its_start_on_even_after_its_end(
    opus: AIModel, client: Client, starts: date | None, ends: date | None, status: int
) -> None:
    opus.aliases.create(identifier="short", starts=starts, ends=ends)
    assert client.get("/models/short/").status_code == status


def test_alias_that_moved_on_leads_to_the_later_model(opus: AIModel, client: Client) -> None:
    later = AIModel.objects.create(identifier="m-2", name="M 2", provider=opus.provider)
    opus.aliases.create(identifier="latest", ends=date(2026, 1, 1))
    later.aliases.create(identifier="latest", starts=date(2026, 1, 1))
    assert client.get("/models/latest/")["Location"] == "/models/m-2/"


def test_replacement_that_is_an_alias_leads_to_its_page(show: Show, client: Client) -> None:
    html = client.get("/models/gpt-4-32k/").content.decode()
    assert 'href="/models/gpt-4o/">gpt-4o-2024-08-06</a>' in html


# Dates ----------------------------------------------------------------------------------------


def told(retirement: Retirement) -> str:
    (platform,) = timeline.timelines(retirement.ai_model, date(2026, 11, 30))
    lines = [f"{line.day or '-'} {line.sentence}" for line in platform.lines]
    return f"{platform.state}: {' '.join(lines)}"


def test_timeline_tells_a_reopening(opus: AIModel) -> None:
    opus.retirements.update(reopened=date(2026, 3, 1))
    shown = told(opus.retirements.get())
    assert shown.startswith("active: ")
    assert "2026-03-01 Served again from here on." in shown


CHANGES = [
    ({"from_date": None, "from_precision": "none_yet", "to_date": date(2026, 1, 5)},
     "- First without a date, then planned for 5 January 2026."),
    ({"from_date": date(2026, 1, 1), "to_date": None, "to_precision": "none_yet"},
     "2026-01-01 Originally planned date, later withdrawn without a new one."),
    ({"from_date": date(2026, 1, 1), "to_date": date(2026, 1, 5), "changed_on": date(2025, 9, 1),
      "reason": "More time to move."},
     "later changed to 5 January 2026. Changed on 1 September 2025. Reason: More time to move."),
    ({"from_date": date(2026, 1, 1), "from_precision": "at_earliest", "to_date": date(2026, 1, 5)},
     "It was “on this date at the earliest” and became “on this date”."),
]  # fmt: skip


@pytest.mark.parametrize(("change", "sentence"), CHANGES)
def test_timeline_tells_each_change_with_day_and_reason(
    opus: AIModel, change: dict[str, object], sentence: str
) -> None:
    retirement = opus.retirements.get()
    DateChange.objects.create(retirement=retirement, position=1, **change)
    assert sentence in told(retirement)


def test_timeline_tells_legacy_and_refused_calls(opus: AIModel) -> None:
    opus.retirements.update(legacy_from=date(2025, 6, 1), after_end="refused")
    shown = told(opus.retirements.get())
    assert "2025-06-01 Called legacy from here on." in shown
    assert "- Calls after the end are refused." in shown


def test_chart_shows_what_is_not_a_firm_day(opus: AIModel, client: Client) -> None:
    def drawing(**facts: object) -> str:
        opus.retirements.update(**facts)
        html = client.get(f"/models/{opus.identifier}/").content.decode()
        return html.split("<svg")[1].split("</svg>")[0]

    assert "served again from 1 March 2026" in drawing(reopened=date(2026, 3, 1))
    assert "retires by 5 January 2026" in drawing(reopened=None, precision="not_later_than")
    assert "on 5 January 2026 at the earliest" in drawing(precision="at_earliest")
    assert "retires" not in drawing(precision="none_yet", retires=None)


def test_model_page_asks_as_often_for_many_facts_as_for_few(show: Show, client: Client) -> None:
    few, many = (queries(client, f"/models/{name}/") for name in ("grok-3", "gemini-2.5-pro"))
    opus = AIModel.objects.get(identifier="gemini-2.5-pro")
    row = opus.retirements.filter(platform="Gemini API").get()
    for number in range(20):
        copied = {"ai_model": opus, "precision": "day", "retires": date(2027, 1, 1)}
        other = Retirement.objects.create(platform=f"P {number}", source=row.source, **copied)
        change = {"from_date": date(2026, 1, 1), "to_date": date(2027, 1, 1), "source": row.source}
        DateChange.objects.create(retirement=other, position=1, **change)
    assert queries(client, "/models/gemini-2.5-pro/") == many
    assert abs(few - many) < 8  # nothing is fetched for what a model has none of
