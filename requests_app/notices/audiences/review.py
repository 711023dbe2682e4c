"""Who is told of a step: those who may decide it, those who were asked, and owners."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from lifecycle.people.models import User
from requests_app.models import Event, Grant, Notice, Policy, Stage, Vote
from requests_app.rules.break_glass import people_involved
from requests_app.rules.desk import comments
from requests_app.rules.eligibility import VotingPanel
from requests_app.rules.permissions import why_not
from requests_app.states import StageState


def reviewers(row: Stage | VotingPanel, event: Event) -> Iterable[User]:
    """everyone who may vote on the stage now, including delegates"""
    panel = row if isinstance(row, VotingPanel) else VotingPanel(row, event.at)
    return panel.asked


def asked_whose_deadline_moved(stage: Stage, event: Event) -> Iterable[User]:
    """everyone who was asked and may vote now, if the deadline moved by an hour or more"""
    moved = datetime.fromisoformat(event.details["due_at"]) - datetime.fromisoformat(
        event.details["due_before"]
    )
    if moved < timedelta(hours=1):
        return []
    return set(reviewers(stage, event)) & set(asked_already(stage))


def newly_called(stage: Stage, event: Event) -> Iterable[User]:
    """everyone who may vote now and hasn't been asked yet"""
    return set(reviewers(stage, event)) - set(asked_already(stage))


def stage_owners(stage: Stage, event: Event) -> Iterable[User]:
    """the policy's owners, except the requester"""
    owners = User.objects.filter(groups=stage.policy_version.policy.owners_id, is_active=True)
    return owners.exclude(pk__in=[person.pk for person in stage_requester(stage, event)])


def stage_requester(stage: Stage, event: Event) -> Iterable[User]:
    """the requester; nobody for an essay"""
    return [] if stage.essay_id else [stage.access_request.requester]


def bypassed_reviewers(grant: Grant, event: Event) -> Iterable[User]:
    """the policy's owners, the reviewers of each skipped step, and everyone asked to decide one"""
    access_request = grant.access_request
    stages = access_request.stages.filter(closed_at=event.at, state=StageState.CLOSED)
    steps = stages.values("step")
    groups = Q(groups__policy_steps__in=steps) | Q(groups__alternate_steps__in=steps)
    owners = Q(groups=access_request.policy_version.policy.owners_id)
    asked = {person.pk for stage in stages for person in asked_before(stage)}  # delegates too
    people = User.objects.filter(owners | groups | Q(pk__in=asked), is_active=True).distinct()
    # Whoever caused it, or takes part in the request, doesn't review it.
    parties = access_request.named.values_list("pk", flat=True)
    return people.exclude(pk__in={event.actor_id, access_request.requester_id, *parties})


def break_glass_reviewers(grant: Grant, event: Event) -> Iterable[User]:
    """the policy's owners and reviewers who may review the emergency grant"""
    people = people_involved(grant.access_request)
    return [one for one in people if why_not("review", grant.break_glass, one) is None]


def asked_before(stage: Stage) -> QuerySet[User]:
    return User.objects.filter(pk__in=_requests_to_decide(stage).values("recipient"))


def asked_already(stage: Stage) -> QuerySet[User]:
    """Return those asked to decide whose seat nobody else has used since.

    If it was used, another delegation may give them a seat again, and they have to be asked again.
    """
    lost = Vote.objects.filter(
        stage=stage, seat=OuterRef("recipient"), cast_at__gte=OuterRef("event__at")
    ).exclude(voter=F("seat"))
    return User.objects.filter(
        pk__in=_requests_to_decide(stage).exclude(Exists(lost)).values("recipient")
    )


def _requests_to_decide(stage: Stage) -> QuerySet[Notice]:
    return Notice.objects.filter(
        event__subject=f"stage-{stage.pk}",
        template__in=("stage_opened", "stage_called", "stage_joined"),
    )


def fellow_reviewers(row: Any, event: Event) -> Iterable[User]:
    """everyone who may vote on the open stage or has commented, if they may read the comment"""
    return comments.readers(event)


def commented_requester(row: Any, event: Event) -> Iterable[User]:
    """the requester"""
    assert event.access_request  # its chain
    return [event.access_request.requester]


def seat_owner(stage: Stage, event: Event) -> Iterable[User]:
    """the reviewer whose seat was reassigned"""
    return User.objects.filter(pk=event.details["person"], is_active=True)


def delegate_once(policy: Policy, event: Event) -> Iterable[User]:
    """the reviewer who acts for another, once for all policies"""
    return User.objects.filter(pk=event.details["delegate"]) if event.details["tells"] else []


def others_asked(stage: Stage, event: Event) -> Iterable[User]:
    """everyone who was asked to decide the stage, except the person who just did"""
    if "break_glass" in event.details:  # they are notified of that instead
        return []
    asked = asked_before(stage)
    if event.actor_id:
        asked = asked.exclude(pk=event.actor_id)
    return asked.distinct()
