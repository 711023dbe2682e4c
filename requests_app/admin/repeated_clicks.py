"""Recognise that a button was clicked twice, to show the first click's result."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from lifecycle.people.models import User
from requests_app.models import Grant, PolicyVersion, Stage, StandingRule
from requests_app.rules.repeated_actions import REPEAT_WINDOW, was_just_done

DONE = "You clicked twice, so this was done once. This is the current state."


def answer(request: HttpRequest, go_on: Callable[[Any], HttpResponse]) -> HttpResponse:
    messages.info(request, DONE)
    return go_on(None)


def has_voted(stage: Stage, choice: str, who: User) -> bool:
    votes = stage.votes.filter(voter=who, choice=choice)
    return votes.filter(cast_at__gt=timezone.now() - REPEAT_WINDOW).exists()


def has_published(version: PolicyVersion | StandingRule, who: User) -> bool:
    at = version.published_at
    return bool(at and version.published_by_id == who.pk and at > timezone.now() - REPEAT_WINDOW)


def has_acted(grant: Grant, act: str, who: User) -> bool:
    return has_done(act, grant.public_id, who)


def has_done(act: str, public_id: str, who: User) -> bool:
    return was_just_done(act, public_id, by=who)
