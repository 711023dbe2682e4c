"""A blind step hides its votes from the other reviewers until it is decided."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions import policies
from requests_app.actions.requests import requests
from requests_app.actions.review import votes
from requests_app.models import Scope, Stage
from requests_app.refusals import NotAllowed
from requests_app.rules.permissions import check
from tests.conftest import ask_for
from tests.support.desk_client import LIST, decide, member, publish, seen, signed_in, text_of

pytestmark = pytest.mark.django_db

WORDS = "Exactly what this is for."


@pytest.fixture
def ria(reviewers: Group) -> User:
    """Reviews, and owns the policy too."""
    return member("ria", reviewers)


@pytest.fixture
def blind(
    opus: AIModel, reviewers: Group, owners: Group, pat: User, lee: User, alice: User,
    rita: User, sam: User, ria: User,
) -> Stage:  # fmt: skip
    """A blind step that needs two, on which Rita has approved and narrowed."""
    ria.groups.add(owners)
    step = policies.StepInput("Blind", reviewers, quorum=2, denials_to_fail=2, blind=True)
    publish(step, by=(pat, lee), owners=owners, ai_models=[opus])
    stage = requests.save(ask_for(opus), by=alice, submit=True).stages.get()
    less = Scope((opus.identifier,), ("messages",), timedelta(days=30))
    digest = stage.revision.digest()
    return votes.approve(stage, by=rita, reason=WORDS, shown=digest, narrowed_to=less)


def test_blind_step_hides_votes_from_other_reviewers(blind: Stage, sam: User, ria: User) -> None:
    for reviewer in (sam, ria):
        text = seen(reviewer, blind.access_request)
        assert WORDS not in text
        assert "Approved “" not in text
        assert "Rita</strong> vote hidden until decision" in text
        assert "without completions, 30 days instead of 90 days: a reviewer" in text


def test_blind_step_shows_ones_own_vote(blind: Stage, rita: User) -> None:
    text = seen(rita, blind.access_request)
    assert "Rita</strong>: approved" in text
    assert text.count(WORDS) >= 2


def test_blind_step_shows_its_votes_to_owners_who_do_not_decide(blind: Stage, pat: User) -> None:
    assert "Rita</strong>: approved" in seen(pat, blind.access_request)


def test_blind_step_says_nothing_of_the_count_before_a_vote(blind: Stage, sam: User) -> None:
    text = text_of(decide(sam, blind, "approve", confirmed=None))
    assert "This step passes with 2 approvals. Votes are hidden" in text
    denial = text_of(decide(sam, blind, "deny", denial="other", confirmed=None))
    assert "2 declines end the request." in denial


def test_blind_step_shows_all_once_it_is_decided(blind: Stage, sam: User, ria: User) -> None:
    decide(sam, blind, "approve")
    text = seen(ria, blind.access_request)
    assert "Rita</strong>: approved" in text
    assert "Sam</strong>: approved" in text
    assert WORDS in text


def test_blind_step_hides_a_recusal(blind: Stage, sam: User, ria: User) -> None:
    votes.recuse(blind, by=sam, reason="We wrote a paper together.")
    text = seen(ria, blind.access_request)
    assert "We wrote a paper" not in text
    assert "Sam</strong> vote hidden until decision" in text


def test_blind_step_gives_its_voters_no_list_of_free_seats(
    blind: Stage, ria: User, pat: User
) -> None:
    """Ria owns the policy; whose seat she could reassign would tell her who has voted."""
    address = f"{LIST}{blind.access_request_id}/reassign/"
    assert "Reassign a seat" not in seen(ria, blind.access_request)
    assert signed_in(ria).get(address).status_code == 302
    with pytest.raises(NotAllowed, match="Ask another owner"):
        check("reassign", blind, ria)
    assert signed_in(pat).get(address).status_code == 200
