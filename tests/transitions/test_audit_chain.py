"""The chain of events and the rows that nobody may change."""

from collections.abc import Callable

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from lifecycle.catalogue.models import AIModel
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.models import AccessRequest, Event, PolicyStep, PolicyVersion, Revision, Vote
from requests_app.transitions import audit_chain
from requests_app.transitions.transition import record_event

pytestmark = pytest.mark.django_db


def behind_the_back(sql: str) -> None:
    """Change events as somebody could who owns the database."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql)
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")


def test_verify_finds_nothing_wrong_on_the_whole_path(
    claimed: ClaimedKey, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("audit", "verify")
    assert "every chain holds" in capsys.readouterr().out


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE requests_app_event SET details = '{}' WHERE kind = 'vote.approve'",
        "UPDATE requests_app_event SET actor_id = NULL WHERE kind = 'vote.approve'",
        "UPDATE requests_app_event SET at = at + interval '1 microsecond' WHERE sequence = 2",
        "DELETE FROM requests_app_event WHERE kind = 'vote.approve'",
        "DELETE FROM requests_app_event WHERE kind = 'key.activated'",
        "DELETE FROM requests_app_notice; "
        "DELETE FROM requests_app_event WHERE access_request_id IS NOT NULL",
        "UPDATE requests_app_event SET sequence = sequence + 1 WHERE kind = 'key.activated'",
    ],
)
def test_verify_finds_a_row_changed_or_removed(claimed: ClaimedKey, sql: str) -> None:
    behind_the_back(sql)
    with pytest.raises(CommandError, match="req_"):
        call_command("audit", "verify")


def test_verify_finds_a_row_put_in_between(claimed: ClaimedKey) -> None:
    event = Event.objects.filter(kind="vote.approve").get()
    behind_the_back("UPDATE requests_app_event SET sequence = sequence + 100 WHERE sequence > 6")
    event.pk, event.sequence, event.kind = None, 7, "vote.deny"
    event.digest = audit_chain.digest(event)
    event.save(force_insert=True)
    behind_the_back("UPDATE requests_app_event SET sequence = sequence - 99 WHERE sequence > 99")
    assert list(audit_chain.problems())


@pytest.mark.parametrize(
    "change",
    [
        lambda: Event.objects.update(kind="x"),
        lambda: Event.objects.first().delete(),
        lambda: Vote.objects.update(reason="Other."),
        lambda: Vote.objects.all()._raw_delete("default"),
        lambda: Revision.objects.update(purpose="Other."),
        lambda: Revision.objects.get().ai_models.clear(),
        lambda: PolicyVersion.objects.update(terms="Other."),
        lambda: PolicyStep.objects.update(quorum=9),
        lambda: PolicyStep.objects.all()._raw_delete("default"),
    ],
)
def test_database_refuses_to_change_what_was_written(
    claimed: ClaimedKey, change: Callable[[], object]
) -> None:
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        change()


def test_database_refuses_to_empty_the_events(claimed: ClaimedKey) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
            cursor.execute("TRUNCATE requests_app_event CASCADE")


def test_each_change_writes_one_event_in_order(claimed: ClaimedKey) -> None:
    kinds = AccessRequest.objects.get().events.values_list("kind", flat=True)
    assert list(kinds) == [
        "request.saved",
        "request.submitted",
        "stage.opened",
        "vote.approve",
        "stage.passed",
        "request.approved",
        "grant.created",
        "grant.activated",
        "key.claimed",
        "key.activated",
    ]


def test_changes_of_the_catalogue_are_chained_too(opus: AIModel) -> None:
    for row in (opus, opus.provider):
        record_event(row, "catalogue.corrected", by=None, at=timezone.now(), details={})
    assert not list(audit_chain.problems())
    behind_the_back('UPDATE requests_app_event SET details = \'{"name": "x"}\'')
    found = " ".join(audit_chain.problems())
    assert f"{opus}: event 1" in found
    assert f"{opus.provider}: event 1" in found
