"""Limits in review: a reviewer may lower each of them, and everyone sees the difference."""

from dataclasses import replace
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from lifecycle.people.models import User
from requests_app import tasks
from requests_app.actions.review import votes
from requests_app.models import Event, Grant, Narrowing, Stage, UsageLimits, Vote
from requests_app.refusals import Invalid
from tests.support.desk_client import decide, seen, signed_in, text_of
from tests.support.page_client import Browser, page

pytestmark = pytest.mark.django_db

GRANTS = "/admin/requests_app/grant/"
STANDING = UsageLimits(requests_per_minute=60, tokens_per_day=100_000)
LESS = {"requests_per_minute": 30, "spend_cap": 50}
CUT = "30 requests per minute instead of 60, 50 USD in total instead of no limit"


def test_page_says_the_limits_and_offers_them_to_be_lowered(limited: Stage, rita: User) -> None:
    text = seen(rita, limited.access_request)
    assert "<dt>Limits</dt><dd>At most 60 requests per minute and 100,000 tokens per day." in text
    assert "At most 100,000, the current limit." in text
    assert text.count("No limit is set. Enter a number to set one.") == 2


def test_approving_unchanged_grants_the_limits_of_the_policy(limited: Stage, rita: User) -> None:
    text = text_of(decide(rita, limited, "approve", confirmed=None))
    assert "90 days, at most 60 requests per minute and 100,000 tokens per day." in text
    decide(rita, limited, "approve")
    assert Grant.objects.get().limits() == STANDING
    assert not Narrowing.objects.exists()


def test_approving_with_lower_limits_says_so_and_grants_those(limited: Stage, rita: User) -> None:
    text = text_of(decide(rita, limited, "approve", confirmed=None, **LESS))
    assert f"narrows the request: {CUT}." in text
    decide(rita, limited, "approve", **LESS)
    lower = replace(STANDING, requests_per_minute=30, spend_cap=50)
    assert Grant.objects.get().limits() == Narrowing.objects.get().limits() == lower


def test_back_from_the_confirmation_keeps_the_limits(limited: Stage, rita: User) -> None:
    response = decide(rita, limited, "approve", confirmed=None, back="yes", **LESS)
    form = response.context["form"]
    assert [form[name].value() for name in LESS] == ["30", "50"]


@pytest.mark.parametrize(
    ("name", "typed", "sentence"),
    [
        ("requests_per_minute", 61, "You can lower a limit, but not raise it"),
        ("tokens_per_day", 100_001, "You can lower a limit, but not raise it"),
        ("requests_per_minute", 0, "greater than or equal to 1"),
        ("requests_per_day", -5, "greater than or equal to 1"),
        ("requests_per_day", "many", "Enter a whole number in digits"),
        ("requests_per_day", 10_000_001, "Enter 1 to 10,000,000 requests per day"),
        ("spend_cap", "9" * 40, "Enter 1 to 10,000,000 USD in total"),
    ],
)
def test_bad_limit_is_refused_at_its_field(
    limited: Stage, rita: User, name: str, typed: Any, sentence: str
) -> None:
    response = decide(rita, limited, "approve", **{name: typed})
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [name]
    assert sentence in response.context["form"].errors[name][0]
    assert sentence in text_of(response)
    assert '<details class="less" open>' in text_of(response)
    assert not Vote.objects.exists()


def test_lower_limits_go_with_an_approval_only(limited: Stage, rita: User) -> None:
    response = decide(rita, limited, "deny", denial="other", **LESS)
    assert "You can only grant less when you approve" in text_of(response)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"requests_per_minute": 61}, "narrowed_to"),
        ({"requests_per_minute": None}, "narrowed_to"),
        ({"tokens_per_day": 0}, "tokens_per_day"),
        ({"spend_cap": -1}, "spend_cap"),
        ({"spend_cap": 10**12}, "spend_cap"),
    ],
)
def test_action_refuses_what_is_no_lower_limit(
    limited: Stage, rita: User, changes: dict[str, Any], field: str
) -> None:
    scope = limited.revision.scope()
    wider = replace(scope, limits=replace(scope.limits, **changes))
    shown = limited.revision.digest()
    with pytest.raises(Invalid) as refused:
        votes.approve(limited, by=rita, reason="More.", shown=shown, narrowed_to=wider)
    assert list(refused.value.errors) == [field]
    assert not Vote.objects.exists()


def test_limits_lowered_meanwhile_are_409(limited: Stage, rita: User) -> None:
    shown = limited.revision.digest()
    scope = limited.revision.scope()
    Narrowing.objects.create(
        revision=limited.revision, by=rita, at=timezone.now(), duration=scope.duration,
        identifiers=scope.identifiers, operations=scope.operations,
        **{**vars(scope.limits), "requests_per_minute": 59},
    )  # fmt: skip
    response = decide(rita, limited, "approve", shown=shown)
    assert response.status_code == 409
    assert "At most 59, the current limit." in text_of(response)
    assert not Vote.objects.exists()


# Who is told of it ------------------------------------------------------------------------------


@pytest.fixture
def lowered(limited: Stage, rita: User) -> Grant:
    decide(rita, limited, "approve", **LESS)
    return Grant.objects.get()


def test_desk_shows_lowered_limits(lowered: Grant, rita: User, pat: User) -> None:
    text = seen(rita, lowered.access_request)
    assert f"{CUT}: Rita" in text
    after = "90 days, at most 30 requests per minute, 100,000 tokens per day and 50 USD in total"
    assert f"for completions and messages, {after}.</p>" in text
    assert f"Narrowed: {CUT}<" in text  # in the timeline
    grant = text_of(signed_in(pat).get(f"{GRANTS}{lowered.pk}/change/"))
    assert (
        "<dt>Limits</dt><dd>At most 30 requests per minute, 100,000 tokens per day and 50" in grant
    )


def test_site_shows_lowered_limits(lowered: Grant, alice: User) -> None:
    browser = Browser(alice)
    shown = page(browser.get(f"/requests/{lowered.access_request}/"))
    assert "Limit: requests per minute Before: 60 requests per minute Now: 30 requests" in shown
    assert "Limit: USD in total Before: no limit Now: 50 USD in total" in shown
    shown = page(browser.get(f"/access/{lowered}/"))
    assert (
        "Limits At most 30 requests per minute, 100,000 tokens per day and 50 USD in total."
        in shown
    )


def test_mail_and_event_tell_lowered_limits(lowered: Grant, alice: User) -> None:
    tasks.send_notices()
    (told,) = (m for m in mail.outbox if m.to == [alice.email] and "approved" in m.subject.lower())
    assert isinstance(told, mail.EmailMultiAlternatives)
    for text in (told.body, told.alternatives[0][0]):
        assert f"You were granted less than you requested: {CUT.replace(', ', '; ')}." in text
    details = Event.objects.get(kind="request.narrowed").details
    assert details["from"]["limits"] == {"requests_per_minute": 60, "tokens_per_day": 100_000}
    assert details["to"]["limits"] == {**details["from"]["limits"], **LESS}


def test_request_page_says_the_limits_before_it_is_decided(limited: Stage, alice: User) -> None:
    shown = page(Browser(alice).get(f"/requests/{limited.access_request}/"))
    limits = "At most 60 requests per minute and 100,000 tokens per day."
    assert f"Limits on use {limits} Set by the policy." in shown


def test_model_page_says_the_limits(limited: Stage) -> None:
    shown = page(Browser().get("/models/claude-3-opus-20240229/"))
    assert "At most 60 requests per minute and 100,000 tokens per day." in shown
