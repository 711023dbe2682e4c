"""Feeds and calendars, as real parsers read them."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import feedparser
import icalendar
import pytest
import time_machine
import vobject
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from lxml import etree

from lifecycle.catalogue.loading import LoadReport
from lifecycle.catalogue.models import AIModel, Provider, Retirement
from lifecycle.people.models import User
from requests_app import tasks
from requests_app.actions.catalogue import editing, retirement_events
from requests_app.models import AccessRequest, RetirementWatch
from requests_app.transitions import audit_chain
from requests_app.web.feeds import calendar, entries, scopes
from tests.conftest import today
from tests.support import retirement_edits as retirements
from tests.support.atom import schema
from tests.support.page_client import Browser
from tests.support.retirement_edits import End
from tests.support.soak_sizes import size

pytestmark = pytest.mark.django_db
DAY = date(2030, 1, 5)
API, CLOUD = "Example API", "Cloud, 2; a\\b"
OF_MODEL = "/feeds/models/example-1/"
FILES = ("changes.atom", "changes.json", "retirements.ics")


@pytest.fixture
def moved(example: AIModel, erin: User) -> AIModel:
    """Announced for two platforms, and a day later one date moved, for a reason full of escapes."""
    first, second = (
        retirements.announce(example, platform, End(DAY), by=erin, announced=today())
        for platform in (API, CLOUD)
    )
    assert first != second
    reason = "Users, all; said:\nnot <yet> & “never” \\ 再見" + " and so on" * 20
    later = End(date(2030, 6, 5), "not_sooner_than")
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        retirements.move_date(second, later, by=erin, reason=reason)
    return example


def events_of(content: bytes) -> list[Any]:
    return list(icalendar.Calendar.from_ical(content).walk("VEVENT"))


def test_calendar_is_read_by_two_parsers_alike(moved: AIModel, client: Client) -> None:
    content = client.get(f"{OF_MODEL}retirements.ics").content
    ours = {str(event["SUMMARY"]): event for event in events_of(content)}
    assert set(ours) == {
        "Example 1 retires from Example API",
        f"Example 1: retirement from {CLOUD} not before 5 June 2030",
    }
    theirs = vobject.readOne(content.decode()).vevent_list
    assert {event.summary.value for event in theirs} == set(ours)
    assert {event.uid.value for event in theirs} == {str(e["UID"]) for e in ours.values()}
    assert not [event for event in ours.values() if event.errors]


def test_calendars_lines_are_folded_to_75_octets_and_end_as_the_rfc_says(
    moved: AIModel, client: Client
) -> None:
    AIModel.objects.update(name="再見" * 40)
    content = client.get("/feeds/retirements.ics").content
    lines = content.split(b"\r\n")
    assert lines.pop() == b""
    assert max(map(len, lines)) == 75
    assert not any(b"\n" in line or b"\r" in line for line in lines)
    assert "再見" * 40 in str(events_of(content)[0]["SUMMARY"])


def test_calendars_event_is_a_whole_utc_day_and_tentative_unless_it_is_firm(
    moved: AIModel, client: Client
) -> None:
    first, second = events_of(client.get(f"{OF_MODEL}retirements.ics").content)
    assert (first.decoded("DTSTART"), first.decoded("DTEND")) == (
        date(2030, 1, 5),
        date(2030, 1, 6),
    )
    assert (str(first["STATUS"]), int(first["SEQUENCE"])) == ("CONFIRMED", 0)
    assert (str(second["STATUS"]), int(second["SEQUENCE"])) == ("TENTATIVE", 1)
    assert second.decoded("LAST-MODIFIED") > first.decoded("LAST-MODIFIED")


def test_calendar_has_the_exact_time_where_it_is_known(
    example: AIModel, erin: User, client: Client
) -> None:
    at = datetime(2030, 1, 5, 17, tzinfo=UTC)
    end = End(date(2030, 1, 5), retires_at=at, time_zone="America/Los_Angeles")
    retirements.announce(example, API, end, by=erin, announced=today())
    (event,) = events_of(client.get("/feeds/retirements.ics").content)
    assert event.decoded("DTSTART") == at
    assert "5 January 2030, 17:00 UTC" in event["DESCRIPTION"]


def test_calendars_event_keeps_its_uid_when_it_moves(
    example: AIModel, erin: User, client: Client
) -> None:
    row = retirements.announce(example, API, End(date(2030, 1, 5)), by=erin, announced=today())
    seen = []
    for month in (2, 3, 4):
        retirements.move_date(row, End(date(2030, month, 5)), by=erin)
        (event,) = events_of(client.get("/feeds/retirements.ics").content)
        seen.append((str(event["UID"]), int(event["SEQUENCE"]), event.decoded("DTSTART").month))
    assert seen == [(f"retirement-{row.pk}@localhost", month - 1, month) for month in (2, 3, 4)]


def test_retirement_without_a_date_is_in_no_calendar(
    example: AIModel, erin: User, client: Client
) -> None:
    retirements.announce(example, API, End(None, "none_yet"), by=erin, announced=today())
    assert events_of(client.get("/feeds/retirements.ics").content) == []


def test_atom_is_read_by_a_feed_reader(moved: AIModel, client: Client) -> None:
    response = client.get(f"{OF_MODEL}changes.atom")
    told = {name.lower(): value for name, value in response.headers.items()}
    read = feedparser.parse(response.content, response_headers=told)
    assert not read.bozo, read.bozo_exception
    assert (read.bozo, read.version, read.feed.title) == (
        False,
        "atom10",
        "Emeritus: changes of Example 1",
    )
    assert [entry.title for entry in read.entries] == [
        "Retirement date of Example 1 changed",
        "Retirement of Example 1 announced",
        "Retirement of Example 1 announced",
    ]
    newest = read.entries[0]
    assert f"{CLOUD}: not before 5 June 2030 (previously: 5 January 2030)" in newest.summary
    assert "not <yet> & “never” \\ 再見" in newest.content[0].value
    assert newest.link == "http://localhost:8000/models/example-1/"


def test_atom_fits_the_schema_of_the_rfc(moved: AIModel, client: Client) -> None:
    for address in (f"{OF_MODEL}changes.atom", "/feeds/platforms/Example API/changes.atom"):
        schema().assertValid(etree.fromstring(client.get(address).content))
    with_no_id = client.get(f"{OF_MODEL}changes.atom").content.replace(b"<id>", b"<idd>")
    assert not schema().validate(etree.fromstring(with_no_id.replace(b"</id>", b"</idd>")))


def test_atoms_ids_and_times_stay_when_more_changes_come(
    moved: AIModel, erin: User, client: Client
) -> None:
    def read() -> list[tuple[str, str]]:
        found = feedparser.parse(client.get("/feeds/changes.atom").content).entries
        return [(entry.id, entry.updated) for entry in found]

    before = read()
    retirements.move_date(Retirement.objects.get(platform=API), End(date(2031, 1, 1)), by=erin)
    assert read()[1:] == before
    assert len({id for id, _ in read()}) == 4


def test_json_feed_has_what_programs_read(moved: AIModel, client: Client) -> None:
    response = client.get(f"{OF_MODEL}changes.json")
    found = json.loads(response.content)
    assert response["Content-Type"] == "application/feed+json"
    assert found["version"] == "https://jsonfeed.org/version/1.1"
    assert found["feed_url"] == f"http://localhost:8000{OF_MODEL}changes.json"
    newest = found["items"][0]
    assert newest["_emeritus"] == {
        "kind": "retirement.date_moved",
        "model": "example-1",
        "platforms": [CLOUD],
        "dates": ["2030-06-05"],
        "precisions": ["not_sooner_than"],
        "from_dates": ["2030-01-05"],
        "from_precisions": ["day"],
        "reopened": [""],
    }
    assert {"id", "url", "title", "content_text", "date_published", "tags"} <= newest.keys()
    assert datetime.fromisoformat(newest["date_published"]).tzinfo


@pytest.mark.parametrize("file", FILES)
def test_no_feed_names_who_did_it(moved: AIModel, client: Client, file: str) -> None:
    text = client.get(f"/feeds/{file}").content.decode().casefold()
    assert "example 1" in text
    assert "erin" not in text


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize(
    ("scope", "has_it"),
    [
        ("models/example-1/", True),
        ("models/org/other-2/", False),
        ("providers/example-lab/", True),
        ("providers/other-lab/", False),
        (f"platforms/{API}/", True),
        ("platforms/Elsewhere/", False),
    ],
)
def test_feed_has_what_it_is_about(
    moved: AIModel, client: Client, file: str, scope: str, has_it: bool
) -> None:
    lab = Provider.objects.create(slug="other-lab", name="Other Lab")
    other = AIModel.objects.create(identifier="org/other-2", provider=lab, name="Other 2")
    Retirement.objects.create(
        ai_model=other, platform="Elsewhere", retires=date(2030, 1, 1), precision="day"
    )
    response = client.get(f"/feeds/{scope}{file}")
    assert response.status_code == 200
    body = response.content.split(b"BEGIN:VEVENT" if file.endswith("ics") else b"2026:model-", 1)
    assert (len(body) == 2) == has_it


@pytest.mark.parametrize(
    "address",
    [
        "/feeds/changes.rss",
        "/feeds/models/gpt-0/changes.atom",
        "/feeds/providers/nobody/changes.json",
        "/feeds/platforms/Nowhere/retirements.ics",
        "/feeds/people/alice/changes.atom",
        "/feeds/models/example-1/changes.rss",
    ],
)
def test_feed_of_nothing_is_not_found(moved: AIModel, client: Client, address: str) -> None:
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("file", FILES)
def test_feed_is_sent_again_only_when_it_changed(
    moved: AIModel, erin: User, client: Client, file: str
) -> None:
    address = f"{OF_MODEL}{file}"
    first = client.get(address)
    known = {"if-none-match": first["ETag"]}
    again = client.get(address, headers=known)
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    since = {"if-modified-since": first["Last-Modified"]}
    assert client.get(address, headers=since).status_code == 304
    assert client.head(address)["ETag"] == first["ETag"]
    row = Retirement.objects.get(platform=API)
    retirements.move_date(row, End(date(2031, 1, 1)), by=erin)
    assert client.get(address, headers=known).status_code == 200


@pytest.mark.parametrize("file", FILES)
def test_feed_is_alike_for_everybody_so_that_any_cache_may_keep_it(
    moved: AIModel, alice: User, file: str
) -> None:
    german = {"accept-language": "de"}
    mine, theirs = (
        Browser(alice).get(f"/feeds/{file}", headers=german),
        Client().get(f"/feeds/{file}"),
    )
    assert mine.content == theirs.content
    for response in (mine, theirs):
        assert response["Cache-Control"] == "public, max-age=900"
        assert not response.has_header("Vary")
        assert not response.cookies
        assert response["Access-Control-Allow-Origin"] == "*"
        assert response["Cross-Origin-Resource-Policy"] == "cross-origin"


def test_feed_is_in_the_language_that_its_address_names(moved: AIModel, client: Client) -> None:
    response = client.get("/feeds/changes.atom?language=de")
    assert response["Content-Language"] == "de"
    assert "Abschaltdatum von Example 1 geändert" in response.content.decode()
    assert client.get("/feeds/changes.atom?language=xx")["Content-Language"] == "en-gb"


def test_day_of_a_retirement_is_in_the_feed_and_earlier_reminders_are_not(
    example: AIModel, erin: User, client: Client
) -> None:
    row = retirements.announce(
        example, API, End(today() + timedelta(days=90)), by=erin, announced=today()
    )
    for days in (7, 0):
        assert row.retires
        begins = datetime.combine(row.retires - timedelta(days=days), datetime.min.time(), UTC)
        RetirementWatch.objects.update(remind_at=begins)
        assert retirement_events.tell(example.pk, now=begins)
    titles = [item["title"] for item in client.get("/feeds/changes.json").json()["items"]]
    assert titles == ["Example 1 was retired", "Retirement of Example 1 announced"]


@pytest.fixture
def crowded(lab: Provider) -> None:
    """Models, each with a retirement and a chain of changes of its date."""
    models, changes = size(60, 2000), 5
    rows = AIModel.objects.bulk_create(
        AIModel(identifier=f"m-{n}", name=f"Model {n}", provider=lab) for n in range(models)
    )
    Retirement.objects.bulk_create(
        Retirement(
            ai_model=row,
            platform=API,
            retires=today() + timedelta(days=n % 900 + 1),
            precision="day",
        )
        for n, row in enumerate(rows)
    )
    tasks.tell_of_retirements()
    now = timezone.now()
    told = {
        "platforms": [API],
        "dates": ["2030-01-05"],
        "precisions": ["day"],
        "from_dates": ["2030-01-01"],
        "from_precisions": ["day"],
        "reopened": [""],
    }
    audit_chain.save_all(
        [
            audit_chain.next_event(
                row,
                "retirement.date_moved",
                subject=f"model-{row.pk}",
                by=None,
                at=now,
                details=told,
            )
            for row in rows
            for _ in range(changes)
        ]
    )


@pytest.mark.parametrize("file", FILES)
def test_feed_of_thousands_of_changes_is_bounded_and_asks_as_few_queries(
    crowded: None, client: Client, file: str
) -> None:
    with CaptureQueriesContext(connection) as asked:
        content = client.get(f"/feeds/{file}").content
    assert len(asked) == (1 if file == "retirements.ics" else 2)  # and the models of the changes
    assert len(content) < 1_000_000
    if file == "changes.atom":
        assert len(feedparser.parse(content).entries) == entries.MAX_ENTRIES
    if file == "retirements.ics":
        assert content.count(b"BEGIN:VEVENT") == min(
            calendar.MAX_EVENTS,
            RetirementWatch.objects.filter(retires__gte=today() - calendar.KEPT).count(),
        )


def test_newest_changes_are_read_from_their_index(
    moved: AIModel, draft: AccessRequest, alice: User
) -> None:
    """Among many more events of requests."""
    now, saved = timezone.now(), {"subject": str(draft), "by": alice, "details": {}}
    audit_chain.save_all(
        [audit_chain.next_event(draft, "request.saved", at=now, **saved) for _ in range(3_000)]
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "ANALYZE requests_app_event; SET LOCAL enable_seqscan = off;"
            " SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off"
        )
    rows = scopes.find("", "").changes.order_by("-pk")[:100]
    assert "catalogue_events_newest_first" in rows.explain()


@pytest.mark.parametrize("file", FILES)
def test_feeds_of_the_shipped_catalogue_are_read_whole(
    shipped: LoadReport, client: Client, file: str
) -> None:
    """Every model, with whatever its names and reasons have."""
    content = client.get(f"/feeds/{file}").content
    if file == "retirements.ics":
        assert len(events_of(content)) == len(vobject.readOne(content.decode()).vevent_list) > 20
    elif file == "changes.atom":
        schema().assertValid(etree.fromstring(content))
    else:
        assert len(json.loads(content)["items"]) > 20


def test_what_an_editor_changed_is_in_the_feed_without_their_own_reason(
    example: AIModel, erin: User, client: Client
) -> None:
    tasks.tell_of_retirements()

    def rename() -> bool:
        return bool(AIModel.objects.update(name="Example One"))

    editing.edit(example, rename, by=erin, reason="Told me so by phone.")
    (item,) = client.get(f"{OF_MODEL}changes.json").json()["items"]
    assert item["title"] == "Facts about Example One changed"
    assert "Example One" in item["content_text"]
    assert "phone" not in json.dumps(item)
