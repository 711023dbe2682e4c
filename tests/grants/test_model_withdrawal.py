"""A model that its provider withdrew during a review is granted to nobody."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.core import mail
from django.db import transaction
from django.utils import timezone

from lifecycle.catalogue.models import AccessRoute, AIModel
from lifecycle.people.models import User
from requests_app import tasks
from requests_app.actions.grants import grants, model_withdrawal
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.actions.requests import requests
from requests_app.actions.review import votes
from requests_app.models import Event, Grant, Narrowing, Notice, Policy, Stage, Vote
from requests_app.refusals import Invalid, NotAllowed, WrongState
from tests.conftest import ask_for, broken_by
from tests.support.concurrency import started
from tests.support.desk_client import signed_in, text_of
from tests.support.page_client import Browser, page

pytestmark = pytest.mark.django_db


def withdraw(ai_model: AIModel) -> None:
    AIModel.objects.filter(pk=ai_model.pk).update(withdrawn_at=timezone.now())


@pytest.fixture
def both(policy: Policy, opus: AIModel, alice: User) -> Stage:
    """A request for two models; the other is named Sonnet."""
    sonnet = AIModel.objects.create(identifier="sonnet", provider=opus.provider, name="Sonnet")
    retirement = opus.retirements.get()
    retirement.pk, retirement.ai_model = None, sonnet
    retirement.save()
    AccessRoute.objects.create(ai_model=sonnet, kind=AccessRoute.Kind.REQUEST)
    policy.ai_models.add(sonnet)
    return requests.save(ask_for(opus, sonnet), by=alice, submit=True).stages.get()


def test_approve_refuses_a_model_withdrawn_during_review(
    stage: Stage, opus: AIModel, rita: User
) -> None:
    withdraw(opus)
    with pytest.raises(WrongState, match="Claude Opus 3 has been withdrawn and can't be granted"):
        votes.approve(stage, by=rita, reason="Yes.", shown=stage.revision.digest())
    assert not Vote.objects.exists()
    votes.deny(stage, by=rita, reason="It is gone.", shown=stage.revision.digest())


def test_approve_grants_the_models_that_are_left_once_it_is_narrowed_to_them(
    both: Stage, opus: AIModel, rita: User
) -> None:
    withdraw(opus)
    shown, scope = both.revision.digest(), both.revision.scope()
    with pytest.raises(WrongState, match="Narrow the request"):
        votes.approve(both, by=rita, reason="Yes.", shown=shown)
    left = replace(scope, identifiers=("sonnet",))
    votes.approve(both, by=rita, reason="Sonnet.", shown=shown, narrowed_to=left)
    granted = Grant.objects.get().granted_models.get()
    assert granted.ai_model.identifier == "sonnet"


def test_approve_takes_a_model_that_will_be_withdrawn_later(
    stage: Stage, opus: AIModel, rita: User
) -> None:
    AIModel.objects.update(withdrawn_at=timezone.now() + timedelta(days=30))
    votes.approve(stage, by=rita, reason="Yes.", shown=stage.revision.digest())
    assert Grant.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_approve_waits_for_a_withdrawal_under_way_and_is_refused(
    stage: Stage, opus: AIModel, rita: User
) -> None:
    shown = stage.revision.digest()
    shorter = replace(stage.revision.scope(), duration=timedelta(days=1))
    with transaction.atomic():
        withdraw(opus)
        voted = started(
            lambda: votes.approve(stage, by=rita, reason="Yes.", shown=shown, narrowed_to=shorter)
        )
    assert isinstance(voted(), WrongState)
    assert not Grant.objects.exists()
    assert not Narrowing.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_break_glass_waits_for_a_withdrawal_under_way_and_is_refused(
    stage: Stage, opus: AIModel, zoe: User
) -> None:
    with transaction.atomic():
        withdraw(opus)
        granted = started(lambda: broken_by(zoe, stage.access_request))
    assert isinstance(granted(), WrongState)
    assert not Grant.objects.exists()


@pytest.fixture
def boss(eve: User) -> User:
    eve.is_superuser = True
    eve.save()
    return eve


def test_withdraw_refuses_the_key_at_the_check_and_tells_its_users(
    claimed: ClaimedKey, policy: Policy, opus: AIModel, boss: User, alice: User
) -> None:
    gone = model_withdrawal.withdraw(policy, opus, by=boss, reason="Its weights are unsafe.")
    assert gone.withdrawn_at
    told = Notice.objects.get(template="model_withdrawn")
    assert told.recipient == alice
    tasks.send_notices()
    message = next(each for each in mail.outbox if "is withdrawn on" in each.subject)
    assert "Its weights are unsafe." in message.body
    event = Event.objects.get(kind="policy.model_withdrawn")
    assert (event.policy, event.actor) == (policy, boss)


def test_model_page_says_that_it_is_withdrawn(policy: Policy, opus: AIModel, alice: User) -> None:
    AIModel.objects.filter(pk=opus.pk).update(withdrawn_at=timezone.now() + timedelta(days=30))
    shown = page(Browser(alice).get(f"/models/{opus.identifier}/"))
    assert "Claude Opus 3 is withdrawn or about to be, so you can't request it." in shown
    assert "No longer available by request." in shown
    assert "doesn't offer access on request" not in shown


def test_withdraw_tells_nobody_whose_access_has_ended(
    claimed: ClaimedKey, policy: Policy, opus: AIModel, boss: User, alice: User
) -> None:
    grants.end(claimed.key.grant, by=alice)
    model_withdrawal.withdraw(policy, opus, by=boss, reason="Unsafe.")
    assert not Notice.objects.filter(template="model_withdrawn").exists()


def test_withdraw_is_for_superusers_and_once(
    policy: Policy, opus: AIModel, boss: User, pat: User
) -> None:
    with pytest.raises(NotAllowed, match="Only a superuser"):
        model_withdrawal.withdraw(policy, opus, by=pat, reason="No.")
    with pytest.raises(Invalid, match="Give a reason"):
        model_withdrawal.withdraw(policy, opus, by=boss, reason=" ")
    model_withdrawal.withdraw(policy, opus, by=boss, reason="Unsafe.")
    with pytest.raises(WrongState, match="was already withdrawn on"):
        model_withdrawal.withdraw(policy, opus, by=boss, reason="Unsafe.")


def test_withdraw_may_be_announced_and_never_lies_in_the_past(
    policy: Policy, opus: AIModel, boss: User
) -> None:
    now = timezone.now()
    with pytest.raises(Invalid, match="time in the future"):
        model_withdrawal.withdraw(
            policy, opus, by=boss, reason="Unsafe.", at=now - timedelta(days=1)
        )
    later = now + timedelta(days=30)
    model_withdrawal.withdraw(policy, opus, by=boss, reason="Unsafe.", at=later)
    assert AIModel.objects.get(pk=opus.pk).withdrawn_at == later


def test_desk_withdraws_for_superusers_only(
    policy: Policy, opus: AIModel, boss: User, pat: User
) -> None:
    User.objects.filter(pk=boss.pk).update(is_staff=True)
    page = f"/admin/requests_app/policy/{policy.pk}/change/"
    address = f"/admin/requests_app/policy/{policy.pk}/withdraw/{opus.pk}/"
    sent = {"reason": "Unsafe.", "typed": opus.identifier}
    assert "Withdraw a model" not in text_of(signed_in(pat).get(page))
    assert signed_in(pat).get(address).status_code == 403
    assert signed_in(pat).post(address, sent).status_code == 403
    boss.refresh_from_db()
    assert "Withdraw a model" in text_of(signed_in(boss).get(page))
    assert signed_in(boss).post(address, sent).status_code == 302
    assert AIModel.objects.get(pk=opus.pk).withdrawn_at
