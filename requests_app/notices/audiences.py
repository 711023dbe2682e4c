"""One table: which event tells whom, with which message. `docs/notices.md` is generated from it."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from lifecycle.people.models import User
from requests_app.models import Event, Stage

Audience = Callable[[Any, Event], Iterable[User]]


class Telling(NamedTuple):
    """A message to an audience; `template` is the mail's name under templates/mail/."""

    audience: Audience
    template: str


def requester(row: Any, event: Event) -> Iterable[User]:
    """the requester"""
    return [row.requester]


def holder(row: Any, event: Event) -> Iterable[User]:
    """the holder"""
    return [row.holder]


def holder_if_clock(row: Any, event: Event) -> Iterable[User]:
    """the holder, when the clock did it"""
    return [row.holder] if event.actor_id is None else []


def reviewers(stage: Stage, event: Event) -> Iterable[User]:
    """the step's reviewers who haven't voted, but not the requester"""
    voted = stage.votes.values("voter")
    people = User.objects.filter(groups=stage.step.reviewers_id, is_active=True)
    return people.exclude(pk__in=voted).exclude(pk=stage.access_request.requester_id)


def others_asked(stage: Stage, event: Event) -> Iterable[User]:
    """everyone who was asked to decide the stage, but not the one who just did"""
    asked = User.objects.filter(
        notices__event__subject=f"stage-{stage.pk}", notices__template="stage_opened"
    )
    if event.actor_id:
        asked = asked.exclude(pk=event.actor_id)
    return asked.distinct()


TELLINGS: Mapping[str, tuple[Telling, ...]] = {
    "request.submitted": (Telling(requester, "request_received"),),
    "request.approved": (Telling(requester, "request_approved"),),
    "request.denied": (Telling(requester, "request_denied"),),
    "request.expired": (Telling(requester, "request_expired"),),
    "request.withdrawn": (Telling(requester, "request_withdrawn"),),
    "stage.opened": (Telling(reviewers, "stage_opened"),),
    "stage.reminded": (Telling(reviewers, "stage_reminder"),),
    "stage.passed": (Telling(others_asked, "stage_decided"),),
    "stage.failed": (Telling(others_asked, "stage_decided"),),
    "stage.expired": (Telling(others_asked, "stage_decided"),),
    "stage.closed": (Telling(others_asked, "stage_decided"),),
    "grant.activated": (Telling(holder_if_clock, "grant_active"),),
    "grant.shortened": (Telling(holder, "grant_shortened"),),
    "grant.ended": (Telling(holder, "grant_ended"),),
    "grant.revoked": (Telling(holder, "grant_revoked"),),
    "key.claimed": (Telling(holder, "key_claimed"),),
    "key.revoked": (Telling(holder, "key_revoked"),),
}
