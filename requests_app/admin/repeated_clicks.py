"""Buttons of the desk that were pressed twice: the first press did it, and its result is shown."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from lifecycle.people.models import User
from requests_app.models import Event, Grant, PolicyVersion, Stage

WITHIN = timedelta(minutes=1)
DONE = "You pressed twice, so it was done once. This is how it stands now."
PAST = {"suspend": "suspended", "resume": "resumed", "revoke": "revoked"}


def answer(request: HttpRequest, go_on: Callable[[Any], HttpResponse]) -> HttpResponse:
    messages.info(request, DONE)
    return go_on(None)


def has_voted(stage: Stage, choice: str, who: User) -> bool:
    votes = stage.votes.filter(voter=who, choice=choice)
    return votes.filter(cast_at__gt=timezone.now() - WITHIN).exists()


def has_published(version: PolicyVersion, who: User) -> bool:
    at = version.published_at
    return bool(at and version.published_by_id == who.pk and at > timezone.now() - WITHIN)


def has_acted(grant: Grant, act: str, who: User) -> bool:
    """Whether what stands last in the grant's record is just that, by that person."""
    last = Event.objects.filter(subject=grant.public_id).order_by("sequence").last()
    if last is None or last.at <= timezone.now() - WITHIN:
        return False
    return (last.kind, last.actor_id) == (f"grant.{PAST[act]}", who.pk)
