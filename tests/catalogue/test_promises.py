"""Promises: recorded by editors, looked after, noted as kept or broken, and reminded of."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail

from lifecycle.catalogue.models import AIModel, Promise, Source, WeightsCustody
from lifecycle.people.models import User
from requests_app import clock, tasks
from requests_app.actions.catalogue import promises
from requests_app.actions.catalogue.promises import PromiseInput
from requests_app.actions.endings import account_deletion
from requests_app.models import Event, Notice
from requests_app.refusals import Invalid, NotAllowed, WrongState
from requests_app.transitions import audit_chain
from tests.conftest import person
from tests.support.concurrency import at_once, one_won
from tests.support.desk_client import signed_in, text_of
from tests.voice.conftest import ONLY_EDITORS, ed, example

__all__ = ["ed", "example"]

pytestmark = pytest.mark.django_db

DAY = date(2026, 6, 1)
REPORT = PromiseInput("report", "A report is kept.", "Example Lab", due_on=DAY)
STANDING = PromiseInput(
    "other", "Wishes are considered.", "Example Lab", "2025-11", condition="for each interview"
)


@pytest.fixture
def olga(db: None) -> User:
    """The owner of promises."""
    return person("olga")


@pytest.fixture
def boss(db: None) -> User:
    return person("boss")


@pytest.fixture
def promise(example: AIModel, ed: User, olga: User, boss: User) -> Promise:
    made = promises.add(example, REPORT, by=ed, owner=olga, escalate_to=boss)
    assert isinstance(made, Promise)  # nobody can request the model
    return made


def at(day: date) -> Any:
    moment = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    return time_machine.travel(moment, tick=False)


def reminded(days: range) -> list[tuple[int, str]]:
    """Who was reminded how many days after the due day, with two sweeps on each day."""
    told: list[tuple[int, str]] = []
    for number in days:
        with at(DAY + timedelta(days=number)):
            tasks.remind_of_promises()
            tasks.remind_of_promises()
            tasks.send_notices()
        told += [(number, letter.to[0]) for letter in mail.outbox]
        mail.outbox.clear()
    return told


def test_promise_is_recorded_in_the_chain_of_its_model(promise: Promise, ed: User) -> None:
    event = Event.objects.get(kind="promise.recorded")
    assert (event.ai_model, event.provider, event.actor) == (promise.ai_model, None, ed)
    assert event.subject == f"promise-{promise.pk}"
    assert event.details["text"] == "A report is kept."
    assert event.details["owner"] == str(promise.owner_id)
    assert not list(audit_chain.problems())


def test_promise_of_a_provider_is_in_the_providers_chain(example: AIModel, ed: User) -> None:
    text = PromiseInput(**{**vars(STANDING), "source": "https://example.org/promise"})
    promise = promises.add(example.provider, text, by=ed)
    assert (promise.provider, promise.ai_model) == (example.provider, None)
    assert promise.source == Source.objects.get(url="https://example.org/promise")
    assert Event.objects.get().provider == example.provider
    assert not list(audit_chain.problems())


def test_only_editors_record_assign_and_note(promise: Promise, eve: User) -> None:
    acts: list[Callable[[], Any]] = [
        lambda: promises.add(promise.ai_model, REPORT, by=eve),
        lambda: promises.assign(promise, by=eve, owner=eve, escalate_to=None),
        lambda: promises.note(promise, "kept", by=eve, on=DAY, words="Done."),
    ]
    for act in acts:
        with pytest.raises(NotAllowed, match=ONLY_EDITORS):
            act()
    assert Event.objects.count() == 1


@pytest.mark.parametrize(
    ("changed", "field", "sentence"),
    [
        ({"kind": "hope"}, "kind", "Choose what the promise is about."),
        ({"text": " "}, "text", "Write what was promised."),
        ({"promised_by": ""}, "promised_by", "Name who promised it."),
        ({"promised_on": "soon"}, "promised_on", 'Not a date: "soon"'),
        (
            {"due_on": None},
            "due_on",
            "Enter the day on which it is due, or for how long it stands.",
        ),
        ({"access_kind": "request"}, "access_kind", "Only promises of access name a way to it."),
        ({"source": "no address"}, "source", "Enter a valid URL."),
    ],
)
def test_incomplete_promises_are_refused(
    example: AIModel, ed: User, changed: Any, field: str, sentence: str
) -> None:
    with pytest.raises(Invalid) as refused:
        promises.add(example, PromiseInput(**{**vars(REPORT), **changed}), by=ed)
    assert refused.value.errors[field].startswith(sentence)
    assert not Promise.objects.exists()


def test_outcome_is_noted_once(promise: Promise, ed: User) -> None:
    with at(DAY):
        promises.note(promise, "kept", by=ed, on=DAY, words="It is online.")
        with pytest.raises(WrongState, match="^What became of this promise has been noted already"):
            promises.note(promise, "broken", by=ed, on=DAY, words="It is not.")
    promise.refresh_from_db()
    assert (promise.kept_on, promise.broken_on, promise.outcome) == (DAY, None, "It is online.")
    told = {"outcome": "kept", "on": "2026-06-01", "words": "It is online."}
    assert Event.objects.get(kind="promise.noted").details == told


@pytest.mark.parametrize(
    ("outcome", "on", "words", "field"),
    [
        ("lost", DAY, "Gone.", "outcome"),
        ("kept", DAY + timedelta(days=1), "Done.", "on"),
        ("kept", DAY, " ", "words"),
    ],
)
def test_incomplete_notes_are_refused(
    promise: Promise, ed: User, outcome: str, on: date, words: str, field: str
) -> None:
    with at(DAY), pytest.raises(Invalid) as refused:
        promises.note(promise, outcome, by=ed, on=on, words=words)
    assert set(refused.value.errors) == {field}


@pytest.mark.django_db(transaction=True)
def test_two_editors_note_at_once_and_one_wins(promise: Promise, ed: User) -> None:
    now = DAY - timedelta(days=400)
    results = at_once(
        lambda: promises.note(promise, "kept", by=ed, on=now, words="It was."),
        lambda: promises.note(promise, "broken", by=ed, on=now, words="It wasn't."),
    )
    assert one_won(results)
    assert not list(audit_chain.problems())


# Reminders --------------------------------------------------------------------------------------


def test_owner_is_reminded_and_then_whoever_is_above_them(
    promise: Promise, olga: User, boss: User
) -> None:
    told = reminded(range(-3, 220))
    owner = [(days, olga.email) for days in (0, 3, 9, 21)]
    assert told == [*owner, *((days, boss.email) for days in (45, 93, 189))]
    assert len(told) == clock.MAX_PROMISE_REMINDERS
    assert Event.objects.filter(kind="promise.reminded").count() == len(told)


def test_reminders_stop_once_it_is_noted(promise: Promise, ed: User) -> None:
    assert len(reminded(range(5))) == 2
    with at(DAY + timedelta(days=5)):
        promises.note(promise, "kept", by=ed, on=DAY, words="It is online.")
    assert reminded(range(5, 60)) == []


def test_reminder_on_its_way_is_dropped_once_it_is_noted(promise: Promise, ed: User) -> None:
    with at(DAY):
        assert tasks.remind_of_promises() == 1
        promises.note(promise, "broken", by=ed, on=DAY, words="It never came.")
        tasks.send_notices()
    assert not mail.outbox
    assert Notice.objects.get().dropped_at


def test_without_an_owner_the_one_above_or_the_operators_are_reminded(
    promise: Promise, ed: User, boss: User, ada: User
) -> None:
    promises.assign(promise, by=ed, owner=None, escalate_to=boss)
    assert reminded(range(1)) == [(0, boss.email)]
    promises.assign(promise, by=ed, owner=boss, escalate_to=None)
    User.objects.filter(pk=boss.pk).update(is_active=False)
    assert reminded(range(1, 2)) == [(1, ada.email)]


def test_promise_that_nobody_looks_after_here_reminds_nobody(example: AIModel, ed: User) -> None:
    User.objects.create_superuser("ada@example.org", "", full_name="Ada")
    promises.add(example, REPORT, by=ed)
    assert reminded(range(30)) == []


def test_late_sweep_reminds_once(promise: Promise) -> None:
    with at(DAY + timedelta(days=100)):
        assert tasks.remind_of_promises() == 1
        assert tasks.remind_of_promises() == 0


def test_standing_promise_reminds_once_it_is_not_kept(
    example: AIModel, ed: User, olga: User
) -> None:
    """Here of weights, whose check is overdue."""
    text = PromiseInput("weights", "They are kept.", "Example Lab", condition="for good")
    promises.add(example, text, by=ed, owner=olga)
    custody = WeightsCustody.objects.create(
        ai_model=example, kept="weights", custodian="Example Lab", kept_while="for good"
    )
    assert reminded(range(5)) == []
    WeightsCustody.objects.filter(pk=custody.pk).update(check_due_on=DAY + timedelta(days=9))
    assert reminded(range(5, 15)) == [(10, olga.email), (13, olga.email)]


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_remind_once(promise: Promise) -> None:
    now = datetime(2026, 6, 1, 12, tzinfo=UTC)
    results = at_once(*[lambda: promises.remind(promise.pk, now=now)] * 3)
    assert sorted(results) == [False, False, True]
    assert Notice.objects.count() == 1


def test_promise_outlives_the_accounts_of_its_people(
    promise: Promise, olga: User, boss: User
) -> None:
    for one in (olga, boss):
        account_deletion.delete_account(one, by=one)
    promise.refresh_from_db()
    assert (promise.owner, promise.escalate_to) == (None, None)


def test_letter_names_the_promise_and_leads_to_its_page(promise: Promise) -> None:
    with at(DAY):
        tasks.remind_of_promises()
        tasks.send_notices()
    (letter,) = mail.outbox
    assert letter.subject == "Promise due on 1 June 2026 (UTC)"
    assert "Example Lab promised about Example 1:" in letter.body
    assert "A report is kept." in letter.body
    assert "/promises/example-1/" in letter.body


# The desk ---------------------------------------------------------------------------------------

ADMIN = "/admin/catalogue/promise/"
FORM = {
    "kind": "access",
    "access_kind": "request",
    "text": "It can be requested.",
    "promised_by": "Example Lab",
    "condition": "no end was named",
    "source_kind": "provider",
}


def test_editor_records_a_promise_on_the_desk(example: AIModel, ed: User, olga: User) -> None:
    browser = signed_in(ed)
    sent = FORM | {"ai_model": example.pk, "owner": olga.email}
    answer = browser.post(f"{ADMIN}add/", sent, follow=True)
    assert "Recorded: It can be requested.." in text_of(answer)
    promise = Promise.objects.get()
    assert (promise.owner, promise.access_kind) == (olga, "request")
    address = f"{ADMIN}{promise.pk}/"
    answer = browser.post(f"{address}assign/", {"escalate_to": olga.email}, follow=True)
    promise.refresh_from_db()
    assert (promise.owner, promise.escalate_to) == (None, olga)
    note = {"outcome": "ended", "on": "2026-01-05", "words": "The lab closed."}
    answer = browser.post(f"{address}note/", note, follow=True)
    assert "Noted. It is public." in text_of(answer)
    assert "Ended (noted)" in text_of(answer)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({}, "Choose a model or a provider, not both."),
        ({"owner": "nobody@example.org"}, "There is no account with this address."),
        ({"text": ""}, "Write what was promised."),
        ({"condition": ""}, "Enter the day on which it is due, or for how long it stands."),
    ],
)
def test_desk_says_what_is_wrong(
    example: AIModel, ed: User, changed: dict[str, str], sentence: str
) -> None:
    sent = FORM | changed | ({"ai_model": example.pk} if changed else {})
    answer = signed_in(ed).post(f"{ADMIN}add/", sent)
    assert (answer.status_code, sentence in text_of(answer)) == (422, True)
    assert not Promise.objects.exists()


def test_desk_shows_promises_to_editors_only(promise: Promise, rita: User) -> None:
    assert signed_in(rita).get(f"{ADMIN}{promise.pk}/change/").status_code in (403, 404)
    assert signed_in(rita).post(f"{ADMIN}add/", FORM).status_code == 403
    for verb in ("assign", "note"):
        assert signed_in(rita).post(f"{ADMIN}{promise.pk}/{verb}/").status_code in (403, 404)
