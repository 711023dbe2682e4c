"""What loading a file records, and whom it tells."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail

from lifecycle.catalogue import catalogue_file
from lifecycle.catalogue.loading import LoadReport
from lifecycle.catalogue.models import AIModel, Retirement
from lifecycle.people.models import User
from requests_app import tasks
from requests_app.actions.catalogue import file_loading, following
from requests_app.models import Event, Notice
from requests_app.transitions import audit_chain
from tests.conftest import today

pytestmark = pytest.mark.django_db


def end(days: int, platform: str = "Example API", **more: Any) -> dict[str, Any]:
    return {
        "platform": platform,
        "announced": str(today()),
        "retires": str(today() + timedelta(days=days)),
        "precision": "day",
        **more,
    }


def load(*retirements: dict[str, Any], identifier: str = "example-1", note: str = "") -> LoadReport:
    text = {
        "notice_days": {"example-lab": 60},
        "models": [
            {
                "identifier": identifier,
                "provider": "example-lab",
                "name": "Example 1",
                "retirements": retirements,
                "replacements": [],
                "access": ["none"],
                "sources": ["https://example.org/"],
                "note": note,
            }
        ],
    }
    return file_loading.load(catalogue_file.parse(json.dumps(text), "models.json"))


def kinds() -> list[str]:
    return list(Event.objects.exclude(ai_model=None).values_list("kind", flat=True))


@pytest.fixture
def follower(alice: User) -> User:
    """Follows the model of a first load."""
    load()
    following.follow(AIModel.objects.get(), by=alice)
    return alice


def test_first_load_records_each_model_and_each_end_ahead(db: None) -> None:
    load(end(90), end(-90, "Cloud", announced=None))
    assert kinds() == ["model.added", "retirement.announced"]
    assert Event.objects.get(kind="retirement.announced").details["platforms"] == ["Example API"]


def test_load_twice_records_once(follower: User) -> None:
    load(end(90))
    before = kinds()
    load(end(90))
    assert kinds() == before
    tasks.tell_of_retirements()
    assert kinds() == before


def test_announcement_in_a_file_is_told_once_for_all_its_platforms(follower: User) -> None:
    load(end(90), end(120, "Cloud"))
    assert kinds() == ["model.added", "retirement.announced"]
    assert Notice.objects.filter(recipient=follower).count() == 1
    mail.outbox.clear()
    tasks.send_notices()
    assert mail.outbox[0].body.count("\n- ") == 2


def test_date_that_moved_in_a_file_is_told(follower: User) -> None:
    load(end(90))
    moved = {"from": str(today() + timedelta(days=90)), "to": str(today() + timedelta(days=99))}
    load(end(99, date_changes=[moved]))
    assert kinds()[2:] == ["retirement.date_moved"]
    templates = Notice.objects.filter(recipient=follower).values_list("template", flat=True)
    assert sorted(templates) == ["retirement_announced", "retirement_moved"]


def test_other_changes_are_corrections_of_which_nobody_is_told(follower: User) -> None:
    load(note="Kept for research.")
    assert kinds() == ["model.added", "model.corrected"]
    details = Event.objects.get(kind="model.corrected").details
    assert details == {"facts": ["note"], "before": [""], "after": ["Kept for research."]}
    assert not Notice.objects.filter(recipient=follower).exists()


def test_end_in_the_past_that_a_file_adds_is_a_correction(follower: User) -> None:
    load(end(-90, announced=None))
    assert kinds() == ["model.added", "model.corrected"]
    assert not Notice.objects.filter(recipient=follower).exists()


def test_load_announces_nothing_that_the_register_had_before(follower: User) -> None:
    Retirement.objects.create(
        ai_model=AIModel.objects.get(),
        platform="Example API",
        announced=today(),
        retires=today() + timedelta(days=90),
        precision="day",
    )
    load(end(90))
    assert kinds() == ["model.added"]


def test_a_load_that_fails_leaves_no_event(follower: User, monkeypatch: Any) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise OSError("no ledger")

    monkeypatch.setattr("requests_app.transitions.batch.audit_chain.save_all", fail)
    with pytest.raises(OSError, match="no ledger"):
        load(end(90))
    assert (kinds(), Retirement.objects.count()) == (["model.added"], 0)


def test_chains_of_loaded_models_verify(follower: User) -> None:
    load(end(90), note="Kept.")
    load(end(99), note="Kept.")
    assert list(audit_chain.problems()) == []
