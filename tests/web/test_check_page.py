"""What reviewers do, as the person who asked sees it: never their names, never one vote's words."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions import policies
from requests_app.actions.requests import requests
from requests_app.actions.review import stages, votes
from requests_app.models import AccessRequest, Condition, Policy, Scope, Stage
from requests_app.validation.request_input import RequestInput
from tests.conftest import ask_for, person
from tests.support.page_client import Browser, assert_nothing_inline, page

pytestmark = pytest.mark.django_db
Publish = Callable[..., None]
NAMES = ("Rita", "Sam", "Ann", "rita@", "sam@", "ann@")


@pytest.fixture
def board(db: None) -> User:
    """The only member of a second group of reviewers."""
    ann = person("ann", staff=True)
    ann.groups.add(Group.objects.create(name="Board"))
    return ann


@pytest.fixture
def publish(policy: Policy, pat: User, lee: User) -> Publish:
    """A new version of the policy with these steps, in force."""

    def publish(*steps: Mapping[str, Any], **text: Any) -> None:
        made = [
            policies.StepInput(**{"reviewers": Group.objects.get(name="Opus reviewers"), **step})
            for step in steps
        ]
        policies.publish(
            policies.draft(policy, policies.VersionInput("T", made, **text), by=pat), by=lee
        )

    return publish


@pytest.fixture
def two_steps(publish: Publish, board: User) -> Policy:
    """The board reads after the reviewers; both come back for a new purpose only."""
    group = Group.objects.get(name="Board")
    reads = ["models", "dates", "purpose"]
    publish(
        {"name": "First look", "rereview_on": ["dates"]},
        {"name": "Board", "reviewers": group, "rereview_on": reads},
    )
    return Policy.objects.get()


def submitted(ask: RequestInput, by: User) -> AccessRequest:
    return requests.save(ask, by=by, submit=True)


def open_stage(access_request: AccessRequest) -> Stage:
    return access_request.stages.open().get()


def vote(access_request: AccessRequest, action: Callable[..., Stage], by: User, **how: Any) -> None:
    stage = open_stage(access_request)
    action(stage, by=by, shown=stage.revision.digest(), **how)


def seen(access_request: AccessRequest, by: User) -> str:
    """The request's page; whoever reads it meets no reviewer's name there."""
    response = Browser(by).get(f"/requests/{access_request}/")
    assert_nothing_inline(response)
    shown = page(response)
    assert not [name for name in NAMES if name in shown]
    return shown


@pytest.fixture
def returned(
    two_steps: Policy, opus: AIModel, alice: User, rita: User, board: User
) -> AccessRequest:
    """Passed by the reviewers, returned by the board."""
    asked = submitted(ask_for(opus), alice)
    vote(asked, votes.approve, rita, reason="Secretly fine.")
    vote(asked, votes.ask_for_changes, board, reason="Which refusals?\nHow many?")
    asked.refresh_from_db()
    return asked


# Returned ---------------------------------------------------------------------------------------


def test_return_shows_what_is_asked_and_leads_to_the_form(
    returned: AccessRequest, alice: User
) -> None:
    shown = seen(returned, alice)
    assert "Changes requested Which refusals? How many?" in shown
    assert "Edit and send again" in shown
    assert "Changes requested." in shown
    assert "First look Passed" in shown
    assert "Board Changes requested" in shown
    assert "Secretly fine." not in shown
    form = page(Browser(alice).get(f"/requests/{returned}/edit/"))
    assert "Changes requested Which refusals? How many?" in form
    assert "Make the requested changes first. Then you can send it again." in form


def test_return_with_a_new_draft_offers_to_send_it(
    returned: AccessRequest, opus: AIModel, alice: User
) -> None:
    requests.save(ask_for(opus, purpose="New."), by=alice, access_request=returned)
    shown = seen(returned, alice)
    assert "Keep editing Check and send again" in shown
    assert "Not sent yet . Changes requested: Which refusals?" in shown.replace("yet.", "yet .")
    assert "First look Passed" in shown


def test_submit_again_shows_what_changed_and_what_was_kept(
    returned: AccessRequest, opus: AIModel, alice: User
) -> None:
    text = ask_for(opus, purpose="Compare poems.")
    requests.save(text, by=alice, access_request=returned, submit=True)
    shown = seen(returned, alice)
    assert "Changes in revision 2 Sent on" in shown
    assert "Purpose Compare Before: refusals. Now: poems." in shown
    assert "Dates" not in shown
    assert "Kept from the first revision, where it passed on" in shown
    assert "Edit and send again" not in shown


def test_submit_again_tells_each_text_with_what_had_been_asked(
    returned: AccessRequest, opus: AIModel, alice: User, board: User
) -> None:
    requests.save(ask_for(opus, purpose="B"), by=alice, access_request=returned, submit=True)
    vote(returned, votes.ask_for_changes, board, reason="Say more.")
    requests.save(ask_for(opus, purpose="C"), by=alice, access_request=returned, submit=True)
    shown = seen(returned, alice)
    _, third, second = shown.split("Changes in revision")
    assert "Changes requested: Say more. Purpose Before: B Now: C" in third
    assert "Changes requested: Which refusals?" in second


# The line of steps ------------------------------------------------------------------------------


def test_skipped_step_says_why(publish: Publish, opus: AIModel, alice: User) -> None:
    long = {"condition": Condition.LONGER_THAN, "condition_value": "100"}
    publish({"name": "Long", **long}, {"name": "All"})
    shown = seen(submitted(ask_for(opus), alice), alice)
    assert "Long Skipped Required only over 100 days" in shown
    assert "“Long” was skipped." in shown


def test_waiting_step_says_when_it_is_needed_and_how_long_it_takes(
    publish: Publish, opus: AIModel, alice: User, board: User
) -> None:
    dear = {"condition": Condition.COSTS_OVER, "condition_value": "100"}
    group = Group.objects.get(name="Board")
    publish({"name": "All"}, {"name": "Dear", "reviewers": group, **dear}, country="DE")
    shown = seen(submitted(ask_for(opus), alice), alice)
    assert "Dear Waiting within 7 working days (Germany, UTC) of starting; only over 1" in shown


def test_deadlock_is_said_with_what_happens_next(
    publish: Publish, opus: AIModel, alice: User, rita: User, sam: User
) -> None:
    publish({"name": "Both", "quorum": 2})
    asked = submitted(ask_for(opus), alice)
    stage = open_stage(asked)
    votes.recuse(stage, by=rita, reason="I know her.")
    shown = seen(asked, alice)
    assert "Not enough reviewers available “Both” needs 2 approvals" in shown
    assert "Otherwise the request expires on" in shown
    assert "A reviewer recused themselves from “Both”." in shown
    assert "I know her." not in shown


def test_escalation_names_nobody(publish: Publish, opus: AIModel, alice: User, board: User) -> None:
    publish({"name": "All", "alternates": Group.objects.get(name="Board")})
    asked = submitted(ask_for(opus), alice)
    Stage.objects.update(escalate_at=timezone.now())
    assert stages.escalate(open_stage(asked).pk, now=timezone.now())
    assert "“All” was escalated to more reviewers." in seen(asked, alice)


# Less than was asked ----------------------------------------------------------------------------


def narrow(asked: AccessRequest, by: User, *, days: int, reason: str) -> None:
    scope = asked.revision.scope()
    to = Scope(scope.identifiers, ("messages",), type(scope.duration)(days=days))
    vote(asked, votes.approve, by, reason=reason, narrowed_to=to)


def test_narrowing_shows_the_difference_and_its_reason(
    two_steps: Policy, opus: AIModel, alice: User, rita: User
) -> None:
    asked = submitted(ask_for(opus), alice)
    narrow(asked, rita, days=30, reason="A month will do.")
    shown = seen(asked, alice)
    assert "A reviewer proposed changes" in shown
    assert "Operations messages Before: completions" in shown
    assert "Length Before: 90 days Now: 30 days" in shown
    assert "A month will do." in shown


def test_narrowing_stays_told_after_the_approval(
    policy: Policy, opus: AIModel, alice: User, rita: User
) -> None:
    asked = submitted(ask_for(opus), alice)
    narrow(asked, rita, days=30, reason="A month will do.")
    shown = seen(asked, alice)
    assert "Granted with changes" in shown
    assert "You can withdraw if" not in shown


def test_approval_keeps_its_words_to_the_reviewers(
    in_review: AccessRequest, alice: User, rita: User
) -> None:
    vote(in_review, votes.approve, rita, reason="Secretly fine.")
    shown = seen(in_review, alice)
    assert "Approved" in shown
    assert "Secretly fine." not in shown


def test_narrowing_is_not_told_of_a_request_that_got_nothing(
    two_steps: Policy, opus: AIModel, alice: User, rita: User, board: User
) -> None:
    asked = submitted(ask_for(opus), alice)
    narrow(asked, rita, days=30, reason="A month will do.")
    vote(asked, votes.deny, board, reason="No.")
    assert "A month will do." not in seen(asked, alice)
