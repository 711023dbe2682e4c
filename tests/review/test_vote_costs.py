"""One vote reads the clock once and builds the panel of its stage once."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions import policies
from requests_app.actions.requests import requests
from requests_app.actions.review import votes
from requests_app.models import Stage
from requests_app.rules.eligibility import VotingPanel
from tests.conftest import ask_for
from tests.support.desk_client import publish

pytestmark = pytest.mark.django_db


class Counts:
    """How often a vote read the clock, and which stages' panels it built."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clock_reads = 0
        self.panels: list[int] = []
        read, init = timezone.now, VotingPanel.__init__

        def counted_now() -> datetime:
            self.clock_reads += 1
            return read()

        def counted_init(panel: VotingPanel, stage: Stage, now: datetime) -> None:
            self.panels.append(stage.pk)
            init(panel, stage, now)

        monkeypatch.setattr(timezone, "now", counted_now)
        monkeypatch.setattr(VotingPanel, "__init__", counted_init)


@pytest.fixture(params=[1, 2], ids=["passes the step", "leaves it open"])
def voted_stage(
    request: pytest.FixtureRequest,
    opus: AIModel,
    reviewers: Group,
    owners: Group,
    alice: User,
    rita: User,
    sam: User,
    pat: User,
    lee: User,
) -> Stage:
    """A stage, and what one approval does to it."""
    step = policies.StepInput(
        "Review", reviewers, quorum=request.param, denials_to_fail=request.param
    )
    publish(step, by=(pat, lee), owners=owners, ai_models=[opus])
    return requests.save(ask_for(opus), by=alice, submit=True).stages.get()


VOTES: dict[str, Callable[[Stage, User], Stage]] = {
    "approve": lambda stage, by: votes.approve(
        stage, by=by, reason="Fine.", shown=stage.revision.digest()
    ),
    "deny": lambda stage, by: votes.deny(
        stage, by=by, reason="Vague.", shown=stage.revision.digest()
    ),
    "return": lambda stage, by: votes.ask_for_changes(
        stage, by=by, reason="Why?", shown=stage.revision.digest()
    ),
    "recuse": lambda stage, by: votes.recuse(stage, by=by, reason="We share an office."),
}


MAX_QUERIES = {"approve": 44, "deny": 41, "return": 37, "recuse": 26}


@pytest.mark.parametrize("choice", VOTES)
def test_vote_reads_the_clock_once_and_builds_one_panel(
    voted_stage: Stage, rita: User, choice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = Counts(monkeypatch)
    with CaptureQueriesContext(connection) as captured:
        VOTES[choice](voted_stage, rita)
    assert len(captured) <= MAX_QUERIES[choice]
    assert counts.clock_reads == 1
    assert counts.panels == [voted_stage.pk]
