"""A file against the sending of its request, on real rows with real threads."""

from functools import partial

import pytest
from pytest_django import Settings

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions.requests import files, requests
from requests_app.models import AccessRequest, Attachment, Policy
from requests_app.refusals import Refusal
from requests_app.transitions import audit_chain
from tests.conftest import ask_for
from tests.support.concurrency import at_once
from tests.support.sample_files import attached
from tests.support.soak_sizes import size

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = range(size(5, 200))


def said_digest(row: AccessRequest) -> str:
    """What the event says that was sent."""
    return str(row.events.get(kind="request.submitted").details["digest"])


def test_file_and_sending_at_once_leave_the_text_that_was_told(
    policy: Policy, opus: AIModel, alice: User
) -> None:
    for _ in ROUNDS:
        row = requests.save(ask_for(opus), by=alice)
        added, sent = at_once(lambda: attached(row, alice), lambda: requests.submit(row, by=alice))
        assert not isinstance(sent, Exception), sent
        assert isinstance(added, Attachment | Refusal), added
        assert row.revision.files.count() == (0 if isinstance(added, Refusal) else 1)
        assert said_digest(row) == row.revision.digest()
        requests.withdraw(row, by=alice)
    assert not list(audit_chain.problems())


def test_taking_away_and_sending_at_once_leave_the_text_that_was_told(
    policy: Policy, opus: AIModel, alice: User
) -> None:
    for _ in ROUNDS:
        row = requests.save(ask_for(opus), by=alice)
        name = attached(row, alice).public_id
        taken, sent = at_once(
            lambda: files.detach(row, name, by=alice), lambda: requests.submit(row, by=alice)
        )
        assert not isinstance(sent, Exception), sent
        assert row.revision.files.count() == (1 if isinstance(taken, Refusal) else 0)
        assert said_digest(row) == row.revision.digest()
        requests.withdraw(row, by=alice)


def test_files_at_once_never_pass_the_limit(
    policy: Policy, opus: AIModel, alice: User, settings: Settings
) -> None:
    row = requests.save(ask_for(opus), by=alice)
    settings.FILES_MAX = 2
    acts = [partial(attached, row, alice, f"{n}.txt") for n in range(6)]
    at_once(*acts)
    assert row.revision.files.count() == 2
    assert not list(audit_chain.problems())
