"""A model that its provider withdrew during a review is granted to nobody."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from lifecycle.catalogue.models import AccessRoute, AIModel
from lifecycle.people.models import User
from requests_app.actions import requests, reviews
from requests_app.models import Grant, Narrowing, Policy, Stage, Vote
from requests_app.rules import WrongState
from tests.conftest import ask_for
from tests.racing import started

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
    with pytest.raises(WrongState, match="Claude Opus 3 was withdrawn meanwhile"):
        reviews.approve(stage, by=rita, reason="Yes.", shown=stage.revision.digest())
    assert not Vote.objects.exists()
    reviews.deny(stage, by=rita, reason="It is gone.", shown=stage.revision.digest())


def test_approve_grants_the_models_that_are_left_once_it_is_narrowed_to_them(
    both: Stage, opus: AIModel, rita: User
) -> None:
    withdraw(opus)
    shown, scope = both.revision.digest(), both.revision.scope()
    with pytest.raises(WrongState, match="Narrow the request"):
        reviews.approve(both, by=rita, reason="Yes.", shown=shown)
    left = replace(scope, identifiers=("sonnet",))
    reviews.approve(both, by=rita, reason="Sonnet.", shown=shown, narrowed_to=left)
    granted = Grant.objects.get().granted_models.get()
    assert granted.ai_model.identifier == "sonnet"


def test_approve_takes_a_model_that_will_be_withdrawn_later(
    stage: Stage, opus: AIModel, rita: User
) -> None:
    AIModel.objects.update(withdrawn_at=timezone.now() + timedelta(days=30))
    reviews.approve(stage, by=rita, reason="Yes.", shown=stage.revision.digest())
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
            lambda: reviews.approve(stage, by=rita, reason="Yes.", shown=shown, narrowed_to=shorter)
        )
    assert isinstance(voted(), WrongState)
    assert not Grant.objects.exists()
    assert not Narrowing.objects.exists()
