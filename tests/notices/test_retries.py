"""What is sent later, again or on appeal meets all that an ask must meet, and keeps its days."""

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions.requests import requests
from requests_app.actions.review import votes
from requests_app.models import AccessRequest, Policy, Revision, Stage
from requests_app.refusals import Invalid
from requests_app.validation import submission, text_limits
from tests.conftest import ask_for, today
from tests.support import accepted_collaborators

pytestmark = pytest.mark.django_db
LATER = timedelta(days=10)


def refused(draft: AccessRequest, field: str, sentence: str) -> None:
    with pytest.raises(Invalid) as refusal:
        requests.submit(draft, by=draft.requester)
    assert sentence in refusal.value.errors[field]
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_submit_refuses_a_stored_cost_that_is_too_high(draft: AccessRequest) -> None:
    Revision.objects.update(expected_cost=submission.MAX_COST + 1)
    refused(draft, "expected_cost", "Enter a whole amount from 0 to 10,000,000 USD.")


def test_submit_refuses_a_collaborator_who_left_meanwhile(
    draft: AccessRequest, opus: AIModel, alice: User, bob: User
) -> None:
    named = replace(ask_for(opus), collaborators=(bob.email,))
    accepted_collaborators.save(named, by=alice, access_request=draft)
    User.objects.filter(pk=bob.pk).update(is_active=False)
    refused(draft, "collaborators", "bob@example.org hasn't agreed to take part")


def test_submit_refuses_before_the_wait_after_a_denial_is_over(
    stage: Stage, opus: AIModel, alice: User, rita: User
) -> None:
    votes.deny(stage, by=rita, reason="Vague.", shown=stage.revision.digest())
    denied = AccessRequest.objects.filter(state="denied")
    denied.update(ask_again_on=today())
    draft = requests.save(ask_for(opus), by=alice)
    denied.update(ask_again_on=today() + timedelta(days=1))
    refused(draft, "identifiers", "you can request Claude Opus 3 again from")


@pytest.fixture
def returned(policy: Policy, opus: AIModel, alice: User, sam: User) -> AccessRequest:
    """A request for five days, sent back with a question."""
    sent = requests.save(ask_for(opus, days=5), by=alice, submit=True)
    stage = sent.stages.get()
    votes.ask_for_changes(stage, by=sam, reason="Which?", shown=stage.revision.digest())
    return AccessRequest.objects.get(pk=sent.pk)


def test_resubmission_keeps_days_that_have_passed_since(
    returned: AccessRequest, opus: AIModel, alice: User
) -> None:
    ask = ask_for(opus, days=5, purpose="Compare refusals of 2024.")
    with time_machine.travel(timezone.now() + LATER):
        sent = requests.save(ask, by=alice, access_request=returned, submit=True)
    assert (sent.state, sent.revision.starts_on) == ("in_review", ask.starts_on)
    assert sent.revision.duration == timedelta(days=5)


def test_resubmission_refuses_other_days_that_have_passed(
    returned: AccessRequest, opus: AIModel, alice: User
) -> None:
    ask = ask_for(opus)
    moved = replace(ask, starts_on=ask.starts_on + timedelta(days=1))
    with (
        time_machine.travel(timezone.now() + LATER),
        pytest.raises(Invalid, match="This date has passed"),
    ):
        requests.save(moved, by=alice, access_request=returned)


def test_appeal_takes_the_longest_purpose_and_the_longest_reason(
    policy: Policy, opus: AIModel, alice: User, rita: User, sam: User
) -> None:
    longest = "p" * text_limits.MAX_TEXT_LENGTH
    stage = requests.save(ask_for(opus, purpose=longest), by=alice, submit=True).stages.get()
    votes.deny(stage, by=rita, reason="No.", shown=stage.revision.digest())
    appealed = requests.appeal(stage.access_request, by=alice, reason="r" * 5_000)
    text = appealed.revision.purpose
    assert text == f"Appeal: {'r' * 5_000}\n\n{longest}"
    again = appealed.stages.open().get()
    votes.ask_for_changes(again, by=sam, reason="Which?", shown=again.revision.digest())
    edited = requests.save(ask_for(opus, purpose=text + "!"), by=alice, access_request=appealed)
    assert edited.revision.purpose == text + "!"


def test_save_refuses_more_collaborators_than_can_be_named(
    policy: Policy, opus: AIModel, alice: User
) -> None:
    names = tuple(f"p{number}@example.org" for number in range(submission.MAX_COLLABORATORS + 1))
    with pytest.raises(Invalid, match="at most 20 people"):
        requests.save(replace(ask_for(opus), collaborators=names), by=alice)
    with pytest.raises(Invalid, match="hasn't agreed to take part"):
        requests.save(replace(ask_for(opus), collaborators=names[1:]), by=alice)
