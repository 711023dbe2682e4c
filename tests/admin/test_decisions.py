"""Deciding on the desk: choose, confirm; refusals keep what was typed."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.db import transaction
from django.utils import timezone

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions import policies
from requests_app.actions.requests import requests
from requests_app.actions.review import votes
from requests_app.models import AccessRequest, Event, Grant, Narrowing, Stage, Vote
from tests.conftest import ask_for
from tests.support.concurrency import is_blocked, started
from tests.support.desk_client import (
    LIST,
    decide,
    form_for,
    member,
    page_of,
    publish,
    seen,
    signed_in,
    text_of,
)

pytestmark = pytest.mark.django_db


def test_choosing_asks_for_confirmation_and_records_nothing(stage: Stage, rita: User) -> None:
    events = Event.objects.count()
    response = decide(rita, stage, "approve", confirmed=None)
    text = text_of(response)
    assert response.status_code == 200
    assert "You approve claude-3-opus-20240229 for completions and messages, 90 days." in text
    assert "Your approval is the last one needed: access is granted immediately." in text
    assert stage.revision.digest() in text
    assert (Vote.objects.count(), Event.objects.count()) == (0, events)


def test_confirming_approves(stage: Stage, rita: User) -> None:
    response = decide(rita, stage, "approve")
    assert response.headers["Location"] == "/admin/"
    assert Grant.objects.get().state == "active"


def test_after_a_decision_comes_the_next_request(
    stage: Stage, opus: AIModel, bob: User, rita: User
) -> None:
    following = requests.save(ask_for(opus), by=bob, submit=True)
    desk = signed_in(rita)
    sent = form_for(stage, "approve", confirmed="yes")
    answer = desk.post(f"{LIST}{stage.access_request_id}/decide/", sent, follow=True)
    assert answer.redirect_chain == [(page_of(following), 302)]
    assert f'<a href="{page_of(stage.access_request)}">Claude Opus 3: ' in text_of(answer)


def test_confirming_with_less_grants_less(stage: Stage, rita: User) -> None:
    less = {"without_operations": ["completions"], "days": 30}
    message = text_of(decide(rita, stage, "approve", confirmed=None, **less))
    assert "narrows the request: without completions, 30 days instead of 90 days" in message
    decide(rita, stage, "approve", **less)
    grant = Grant.objects.get()
    assert (grant.operations, grant.duration) == (["messages"], timedelta(days=30))


def test_confirming_a_denial_keeps_its_reason_from_the_list(stage: Stage, rita: User) -> None:
    message = text_of(decide(rita, stage, "deny", denial="unclear", confirmed=None))
    assert "This ends the request." in message
    assert "Alice will see the reason, and can send a new request after 30 days." in message
    decide(rita, stage, "deny", denial="unclear")
    denied = AccessRequest.objects.get()
    assert (denied.state, denied.denial) == ("denied", "unclear")


def test_confirming_a_return_sends_it_back(stage: Stage, rita: User) -> None:
    decide(rita, stage, "return", reason="Which prompts?")
    assert AccessRequest.objects.get().state == "returned"


def test_confirming_a_recusal_steps_aside(stage: Stage, rita: User) -> None:
    decide(rita, stage, "recuse", reason="A friend.")
    assert "You have recused yourself" in seen(rita, stage.access_request)
    assert Stage.objects.get().state == "open"


def test_confirmation_names_the_next_step_and_the_count(
    opus: AIModel, reviewers: Group, owners: Group, pat: User, lee: User, alice: User, rita: User
) -> None:
    board = Group.objects.create(name="Board")
    sam, _ = member("sam", reviewers), member("bea", board)
    steps = (policies.StepInput("First", reviewers, quorum=2), policies.StepInput("Second", board))
    publish(*steps, by=(pat, lee), owners=owners, ai_models=[opus])
    stage = requests.save(ask_for(opus), by=alice, submit=True).stages.open().get()
    assert "This is approval 1 of 2" in text_of(decide(rita, stage, "approve", confirmed=None))
    decide(rita, stage, "approve")
    assert "“Second” comes next." in text_of(decide(sam, stage, "approve", confirmed=None))


def test_back_from_the_confirmation_keeps_what_was_typed(stage: Stage, rita: User) -> None:
    response = decide(rita, stage, "approve", confirmed=None, back="yes", days=12, reason="Hm.")
    text = text_of(response)
    assert response.status_code == 200
    assert ">Hm.</textarea>" in text.replace("> Hm.", ">Hm.")
    assert 'value="12"' in text
    assert not Vote.objects.exists()


@pytest.mark.parametrize(
    ("choice", "fields", "sentence"),
    [
        ("approve", {"reason": " "}, "Give a reason."),
        ("deny", {}, "Choose a reason for declining"),
        ("deny", {"denial": "other", "days": 5}, "You can only grant less when you approve"),
        ("approve", {"days": 91}, "You can grant fewer days"),
        ("approve", {"days": 0}, "greater than or equal to 1"),
        ("approve", {"without_operations": ["messages", "completions"]}, "Keep at least one"),
        ("approve", {"without_models": ["gpt-9"]}, "not one of the available choices"),
        ("seize", {}, "not one of the available choices"),
        ("approve", {"reason": "x" * 5001}, "at most 5000 characters"),
    ],
)
def test_bad_form_is_shown_again(
    stage: Stage, rita: User, choice: str, fields: dict[str, object], sentence: str
) -> None:
    response = decide(rita, stage, choice, **fields)
    assert response.status_code == 422
    assert sentence in text_of(response)
    assert not Vote.objects.exists()


def test_narrowed_meanwhile_is_409_and_shows_it_anew(
    opus: AIModel, reviewers: Group, owners: Group, pat: User, lee: User, alice: User, rita: User
) -> None:
    sam = member("sam", reviewers)
    both = policies.StepInput("Both", reviewers, quorum=2)
    publish(both, by=(pat, lee), owners=owners, ai_models=[opus])
    stage = requests.save(ask_for(opus), by=alice, submit=True).stages.get()
    old = form_for(stage, "approve", reason="I have read it all.")
    decide(rita, stage, "approve", days=30)
    response = signed_in(sam).post(f"{LIST}{stage.access_request_id}/decide/", old)
    text = text_of(response)
    assert response.status_code == 409
    assert "The request has changed since you opened it." in text
    assert "I have read it all." in text
    assert old["shown"] not in text
    assert stage.revision.digest() in text


def test_decided_meanwhile_is_409_and_says_how(stage: Stage, rita: User, sam: User) -> None:
    late = form_for(stage, "deny", denial="other", reason="My own view.")
    decide(rita, stage, "approve", reason="Sound.")
    response = signed_in(sam).post(f"{LIST}{stage.access_request_id}/decide/", late)
    text = text_of(response)
    assert response.status_code == 409
    assert "Decided in the meantime: " in text
    assert "“Research review” is <strong>passed</strong>" in text
    assert "Rita</strong>: approved" in text
    assert "My own view." in text


def test_decided_between_choice_and_confirmation_is_409(
    stage: Stage, rita: User, sam: User
) -> None:
    assert decide(sam, stage, "deny", denial="other", confirmed=None).status_code == 200
    decide(rita, stage, "approve")
    assert decide(sam, stage, "deny", denial="other").status_code == 409
    assert Vote.objects.get().voter == rita


@pytest.mark.django_db(transaction=True)
def test_reviewer_who_left_the_group_meanwhile_reads_nothing_more(
    stage: Stage, rita: User, reviewers: Group
) -> None:
    with transaction.atomic():
        rita.groups.remove(reviewers)
        decided = started(lambda: decide(rita, stage, "approve"))
        assert is_blocked()
    assert decided().status_code == 404
    assert not Vote.objects.exists()


def test_withdrawn_meanwhile_is_409(stage: Stage, alice: User, rita: User) -> None:
    requests.withdraw(stage.access_request, by=alice)
    response = decide(rita, stage, "approve")
    assert response.status_code == 409
    assert "The request is <strong>withdrawn</strong>." in text_of(response)


def test_confirming_again_later_is_403_and_says_so(stage: Stage, rita: User) -> None:
    decide(rita, stage, "approve")
    with time_machine.travel(timezone.now() + timedelta(minutes=5)):
        response = decide(rita, stage, "approve")
    assert response.status_code == 403
    assert "You have already voted on this step." in text_of(response)
    assert Vote.objects.count() == 1


def test_too_late_is_409_and_the_buttons_say_why(stage: Stage, rita: User) -> None:
    Stage.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    assert "The deadline for this step has passed" in seen(rita, stage.access_request)
    response = decide(rita, stage, "approve", reason="At last.")
    assert response.status_code == 409
    assert "At last." in text_of(response)


def test_buttons_of_somebody_who_may_not_decide_say_why(stage: Stage, pat: User) -> None:
    text = seen(pat, stage.access_request)
    assert (
        '<p class="why" id="why">Only members of Opus reviewers can decide this step.</p>' in text
    )
    assert text.count('disabled aria-describedby="why"') == 4


def test_approve_button_says_when_nothing_can_be_granted(
    stage: Stage, alice: User, rita: User
) -> None:
    alice.is_active = False
    alice.save()
    text = seen(rita, stage.access_request)
    assert text.count('disabled aria-describedby="why-not-approve"') == 1
    assert "account is not in good standing" in text
    assert decide(rita, stage, "approve").status_code == 409
    assert decide(rita, stage, "return").status_code == 302


@pytest.mark.parametrize("choice", ["approve", "deny", "return", "recuse"])
def test_crafted_decisions_of_outsiders_are_refused(
    stage: Stage, pat: User, eve: User, choice: str
) -> None:
    for somebody, status in ((pat, 403), (member("tom"), 404), (eve, 302)):
        response = decide(somebody, stage, choice, denial="other")
        assert response.status_code == status
    assert not Vote.objects.exists()
    assert not Narrowing.objects.exists()


@pytest.mark.parametrize("number", ["", "x", "-1", "٣", "9" * 40, "0"])
def test_decision_for_no_stage_of_the_request_is_404(stage: Stage, rita: User, number: str) -> None:
    assert decide(rita, stage, "approve", stage=number).status_code == 404


def test_decision_for_another_requests_stage_is_404(
    stage: Stage, opus: AIModel, bob: User, rita: User
) -> None:
    other = requests.save(ask_for(opus), by=bob, submit=True).stages.get()
    assert decide(rita, stage, "approve", stage=other.pk).status_code == 404


def test_address_of_the_form_leads_back_to_the_page(stage: Stage, rita: User) -> None:
    response = signed_in(rita).get(f"{LIST}{stage.access_request_id}/decide/")
    assert response.headers["Location"] == page_of(stage.access_request)


def test_decision_needs_the_forms_token(stage: Stage, rita: User) -> None:
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(rita)
    sent = form_for(stage, "approve", confirmed="yes")
    assert client.post(f"{LIST}{stage.access_request_id}/decide/", sent).status_code == 403
    assert not Vote.objects.exists()


def test_recuse_ignores_what_changed_since(stage: Stage, rita: User) -> None:
    assert decide(rita, stage, "recuse", shown="0" * 64).status_code == 302


def test_reviews_are_the_only_writers(
    stage: Stage, rita: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page makes exactly one call into an action."""
    called = []
    monkeypatch.setattr(votes, "approve", lambda stage, **message: called.append(message))
    decide(rita, stage, "approve", days=12)
    (message,) = called
    assert (message["by"], message["reason"]) == (rita, "Sound plan.")
    assert message["narrowed_to"].duration == timedelta(days=12)
