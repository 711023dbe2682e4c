"""Custody of weights: recording checks, the public line, and reminders of checks that are due."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import Client

from lifecycle.catalogue.models import AIModel, Promise, Provider, WeightsCustody
from lifecycle.people.models import User
from requests_app import tasks
from requests_app.actions.catalogue import weights
from requests_app.actions.endings import account_deletion
from requests_app.models import Event, Notice
from requests_app.refusals import Invalid, NotAllowed
from requests_app.reports.promises import ledger
from requests_app.transitions import audit_chain
from tests.conftest import person
from tests.support.concurrency import at_once
from tests.support.desk_client import signed_in, text_of
from tests.support.page_client import page
from tests.voice.conftest import ed, example

__all__ = ["ed", "example"]

pytestmark = pytest.mark.django_db

SHA, OTHER = "sha256:" + "9f" * 32, "sha256:" + "ab" * 32
DAY = date(2026, 6, 1)


@pytest.fixture
def keeper(db: None) -> User:
    return person("kim", staff=True)


@pytest.fixture
def custody(example: AIModel, keeper: User) -> WeightsCustody:
    return WeightsCustody.objects.create(
        ai_model=example,
        kept="the final weights",
        custodian="Example Lab",
        kept_while="Example Lab exists",
        responsible=keeper,
        check_every_days=90,
    )


def at(day: date, hour: int = 12) -> Any:
    return time_machine.travel(datetime(day.year, day.month, day.day, hour, tzinfo=UTC), tick=False)


def sent() -> list[tuple[str, str]]:
    """Deliver what is due; who got which subject."""
    tasks.send_notices()
    found = [(letter.to[0], str(letter.subject)) for letter in mail.outbox]
    mail.outbox.clear()
    return found


def test_check_is_recorded_with_its_event_and_plans_the_next(
    custody: WeightsCustody, ed: User
) -> None:
    with at(DAY):
        weights.record_check(custody, digest=SHA.upper(), on=DAY - timedelta(days=1), by=ed)
    custody.refresh_from_db()
    assert (custody.checked_on, custody.digest) == (date(2026, 5, 31), SHA)
    assert custody.check_due_on == date(2026, 8, 29)
    assert custody.remind_at == datetime(2026, 8, 29, tzinfo=UTC)
    event = Event.objects.get(kind="weights.checked")
    assert (event.ai_model, event.actor) == (custody.ai_model, ed)
    assert event.subject == f"weights-{custody.pk}"
    told = {"on": "2026-05-31", "digest": SHA, "before": "", "reason": ""}
    assert event.details == told
    assert not list(audit_chain.problems())


def test_custody_without_an_interval_is_never_due(custody: WeightsCustody, ed: User) -> None:
    WeightsCustody.objects.update(check_every_days=None)
    with at(DAY):
        weights.record_check(custody, digest=SHA, on=DAY, by=ed)
        assert tasks.remind_of_weights_checks() == 0
    custody.refresh_from_db()
    assert (custody.check_due_on, custody.remind_at) == (None, None)


def test_only_editors_and_the_responsible_person_record_checks(
    custody: WeightsCustody, keeper: User, eve: User
) -> None:
    with pytest.raises(
        NotAllowed, match="^Only catalogue editors and the person responsible can record a check.$"
    ):
        weights.record_check(custody, digest=SHA, on=DAY, by=eve)
    weights.record_check(custody, digest=SHA, on=DAY, by=keeper)
    User.objects.filter(pk=keeper.pk).update(is_active=False)
    with pytest.raises(NotAllowed):
        weights.record_check(custody, digest=SHA, on=DAY, by=keeper)


@pytest.mark.parametrize(
    ("changed", "field", "sentence"),
    [
        ({"digest": ""}, "digest", "Enter the algorithm and the digest, like sha256:9f86d0…."),
        ({"digest": "9f" * 32}, "digest", "Enter the algorithm and the digest, like"),
        ({"digest": "sha256:xyz"}, "digest", "Enter the algorithm and the digest, like"),
        ({"on": DAY + timedelta(days=1)}, "on", "Enter a date that isn't in the future."),
        ({"on": DAY - timedelta(days=2)}, "on", "There is a later check already."),
        ({"digest": OTHER}, "reason", "The digest differs from that of the last check. Say why"),
    ],
)
def test_impossible_checks_are_refused(
    custody: WeightsCustody, ed: User, changed: Any, field: str, sentence: str
) -> None:
    with at(DAY):
        weights.record_check(custody, digest=SHA, on=DAY - timedelta(days=1), by=ed)
        with pytest.raises(Invalid) as refused:
            weights.record_check(custody, **{"digest": SHA, "on": DAY, "by": ed, **changed})
    assert refused.value.errors[field].startswith(sentence)
    assert Event.objects.filter(kind="weights.checked").count() == 1


def test_another_digest_is_kept_with_its_reason(custody: WeightsCustody, ed: User) -> None:
    weights.record_check(custody, digest=SHA, on=DAY, by=ed)
    weights.record_check(custody, digest=OTHER, on=DAY, by=ed, reason="Moved to another format.")
    details = Event.objects.filter(kind="weights.checked").latest("pk").details
    assert (details["before"], details["digest"]) == (SHA, OTHER)
    assert details["reason"] == "Moved to another format."


def test_failed_check_is_public_until_a_check_finds_them_whole(
    custody: WeightsCustody, ed: User, keeper: User, client: Client
) -> None:
    """On the model's page, in the ledger and in the report; whoever answers for them is told."""
    ai_model, failed = custody.ai_model, "found another digest of the weights of Example 1"
    promise = Promise.objects.create(
        ai_model=ai_model,
        kind="weights",
        text="Kept.",
        promised_by="Lab",
        condition="ever",
        owner=ed,
    )
    with at(DAY):
        weights.record_check(custody, digest=SHA, on=DAY, by=ed)
    later = DAY + timedelta(days=9)
    with at(later):
        weights.record_check(custody, digest=OTHER, on=later, by=ed, reason="We don't know.")
        details = Event.objects.filter(kind="weights.checked").latest("pk").details
        assert (details["expected"], details["digest"]) == (SHA, OTHER)
        for address in ("models/example-1", "promises/example-1", "deployment-reports/example-1"):
            shown = page(client.get(f"/{address}/"))
            assert (failed in shown, f"Expected: {SHA}" in shown) == (True, True), address
        (row,) = client.get("/api/v1/promises/").json()["results"]
        assert (row["state"], row["since"]) == ("overdue", "2026-06-10")
        assert row["record"] == "the failed check of the weights of example-1"
        german = client.get("/models/example-1/", headers={"accept-language": "de"})
        assert "eine andere Prüfsumme als die Prüfung davor" in page(german)
        tasks.remind_of_promises()
        assert sorted(sent()) == [
            (ed.email, "A promise is not being kept"),
            (keeper.email, "The check of the weights of Example 1 failed"),
        ]
        assert tasks.remind_of_weights_checks() == 0
    with at(later + timedelta(days=7)):
        assert tasks.remind_of_weights_checks() == 1
        weights.record_check(custody, digest=SHA, on=later, by=ed)
        assert failed not in page(client.get("/models/example-1/"))
        state = ledger.states([promise], later)[promise.pk]
        assert (state.state, state.since) == ("standing", "2026-06-10")


def test_digest_that_changes_on_purpose_is_no_failure(custody: WeightsCustody, ed: User) -> None:
    weights.record_check(custody, digest=SHA, on=DAY, by=ed)
    check = {"digest": OTHER, "on": str(DAY), "reason": "Converted.", "is_intended": "on"}
    address = f"/admin/catalogue/weightscustody/{custody.pk}/check/"
    assert "Check recorded." in text_of(signed_in(ed).post(address, check, follow=True))
    custody.refresh_from_db()
    assert (custody.digest, custody.has_failed) == (OTHER, False)
    assert not Notice.objects.filter(template="weights_check_failed").exists()


def test_responsible_person_is_reminded_on_the_day_and_in_growing_gaps(
    custody: WeightsCustody, ed: User, keeper: User
) -> None:
    with at(DAY):
        weights.record_check(custody, digest=SHA, on=DAY, by=ed)
    due, told = DAY + timedelta(days=90), []
    for days in range(-2, 120):
        with at(due + timedelta(days=days)):
            tasks.remind_of_weights_checks()
            tasks.remind_of_weights_checks()  # a second sweep on the same day
            told += [(days, *each) for each in sent()]
    subject = "The weights of Example 1 are due for a check"
    assert told == [(days, keeper.email, subject) for days in (0, 7, 21, 49)]


def test_operators_are_reminded_when_nobody_is_named(custody: WeightsCustody, ada: User) -> None:
    WeightsCustody.objects.update(responsible=None)
    with at(DAY):  # never checked: due at once
        assert tasks.remind_of_weights_checks() == 1
        assert [to for to, _ in sent()] == [ada.email]
        assert tasks.remind_of_weights_checks() == 0
    custody.refresh_from_db()
    assert custody.check_due_on == DAY


def test_late_sweep_sends_one_reminder_and_a_check_in_time_none(
    custody: WeightsCustody, ed: User
) -> None:
    with at(DAY):
        weights.record_check(custody, digest=SHA, on=DAY, by=ed)
    with at(DAY + timedelta(days=115)):
        assert tasks.remind_of_weights_checks() == 1
        assert len(sent()) == 1
        weights.record_check(custody, digest=SHA, on=DAY + timedelta(days=115), by=ed)
    with at(DAY + timedelta(days=140)):
        assert tasks.remind_of_weights_checks() == 0
    assert Event.objects.filter(kind="weights.check_due").count() == 1


def test_reminder_is_dropped_when_the_check_was_made_meanwhile(
    custody: WeightsCustody, ed: User
) -> None:
    with at(DAY):
        tasks.remind_of_weights_checks()
        weights.record_check(custody, digest=SHA, on=DAY, by=ed)
        assert sent() == []
    assert Notice.objects.get().dropped_at


def test_shorter_interval_plans_anew(custody: WeightsCustody, ed: User) -> None:
    with at(DAY):
        weights.record_check(custody, digest=SHA, on=DAY, by=ed)
    WeightsCustody.objects.update(check_every_days=10)
    with at(DAY + timedelta(days=5)):
        assert tasks.remind_of_weights_checks() == 0
    custody.refresh_from_db()
    assert custody.check_due_on == DAY + timedelta(days=10)
    with at(DAY + timedelta(days=10)):
        assert tasks.remind_of_weights_checks() == 1


def test_overdue_check_that_was_never_planned_is_reminded_of_at_once(
    custody: WeightsCustody,
) -> None:
    WeightsCustody.objects.update(checked_on=DAY - timedelta(days=100))
    with at(DAY):
        assert tasks.remind_of_weights_checks() == 1
        assert tasks.remind_of_weights_checks() == 0
    custody.refresh_from_db()
    assert custody.check_due_on == DAY - timedelta(days=10)
    assert custody.remind_at == datetime(2026, 6, 12, tzinfo=UTC)  # 21 days after its day


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_remind_once(custody: WeightsCustody) -> None:
    now = datetime(2026, 6, 1, 12, tzinfo=UTC)
    results = at_once(*[lambda: weights.remind(custody.pk, now=now)] * 3)
    assert sorted(results) == [False, False, True]
    assert Notice.objects.count() == 1


def test_custody_outlives_the_account_of_the_responsible_person(
    custody: WeightsCustody, keeper: User
) -> None:
    account_deletion.delete_account(keeper, by=keeper)
    custody.refresh_from_db()
    assert custody.responsible is None


def test_model_page_says_who_keeps_the_weights(
    custody: WeightsCustody, ed: User, client: Client
) -> None:
    address = f"/models/{custody.ai_model.identifier}/"
    shown = page(client.get(address))
    assert "Example Lab keeps the final weights, at least as long as: Example Lab exists." in shown
    assert "No check is recorded." in shown
    with at(DAY):
        weights.record_check(custody, digest=SHA, on=DAY, by=ed)
        shown = page(client.get(address))
    assert f"Last checked on 1 June 2026 . {SHA} The next check is due on 30 August 2026" in shown
    with at(DAY + timedelta(days=90)):
        assert "overdue" not in page(client.get(address))
    with at(DAY + timedelta(days=91)):
        assert "A check has been overdue since 30 August 2026" in page(client.get(address))


def test_desk_records_a_check_and_shows_why_not(custody: WeightsCustody, keeper: User) -> None:
    browser, address = signed_in(keeper), f"/admin/catalogue/weightscustody/{custody.pk}/"
    assert "Example Lab exists" in text_of(browser.get(f"{address}change/"))
    answer = browser.post(f"{address}check/", {"digest": "x", "on": "2026-06-01"})
    assert (answer.status_code, "Enter the algorithm" in text_of(answer)) == (422, True)
    answer = browser.post(f"{address}check/", {"digest": SHA, "on": "2026-06-01"}, follow=True)
    assert "Check recorded." in text_of(answer)
    custody.refresh_from_db()
    assert custody.checked_on == DAY


def test_desk_shows_custody_only_to_those_it_concerns(custody: WeightsCustody, rita: User) -> None:
    address = f"/admin/catalogue/weightscustody/{custody.pk}/"
    assert signed_in(rita).get(f"{address}change/").status_code == 404
    answer = signed_in(rita).post(f"{address}check/", {"digest": SHA, "on": "2026-06-01"})
    assert answer.status_code == 404
    assert Provider.objects.get().events.count() == 0
