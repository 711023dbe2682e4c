"""Where people work: what a request says of it when it is sent, and changes while one is open."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from lifecycle.people import profiles
from lifecycle.people.models import Affiliation, Institution, User
from requests_app.actions.review import stages
from requests_app.models import AccessRequest, Delegation, RequestInstitution, Revision, Stage, Vote
from requests_app.states import RequestState
from requests_app.transitions.locks import lock_person, lock_requests
from requests_app.transitions.transition import record_event

SAME_INSTITUTIONS = timedelta(days=90)  # for how long a request for the same model goes by the last
UNDECIDED_STATES = (RequestState.IN_REVIEW, RequestState.RETURNED)


def declare(revision: Revision) -> None:
    """Keep where the requester works, as profile and text say when a request is first sent.

    A later text adds nothing, so nobody can bar a reviewer whom they have come to know; nor does
    a request that follows another, which goes by what that said, and since when.
    """
    access_request = revision.access_request
    if access_request.submitted_at:
        return
    if earlier := _followed(revision):
        rows = RequestInstitution.objects.filter(access_request=earlier)
        values: dict[int, Any] = {row.institution_id: row.at for row in rows}
    else:
        values = dict.fromkeys(_named(revision), Now())
    RequestInstitution.objects.bulk_create(
        RequestInstitution(access_request=access_request, institution_id=institution, at=at)
        for institution, at in values.items()
    )


def _followed(revision: Revision) -> int | None:
    """The request whose institutions count: what is appealed against or extended, or the last one
    for a model of these, so that nobody withdraws and asks again to choose their reviewers.
    """
    access_request = revision.access_request
    if access_request.appeal_of_id:
        return access_request.appeal_of_id
    if access_request.continues:
        return access_request.continues.access_request_id
    since = timezone.now() - SAME_INSTITUTIONS
    recent = AccessRequest.objects.filter(
        requester=access_request.requester,
        submitted_at__gt=since,
        requested_models__ai_model__in=revision.ai_models.all(),
    )
    others = recent.exclude(pk=access_request.pk)
    return others.order_by("-submitted_at").values_list("pk", flat=True).first()


def _named(revision: Revision) -> set[int]:
    by = revision.access_request.requester
    values = Affiliation.objects.filter(person=by, ends_at=None)  # though the profile was emptied
    named = profiles.institution_named(revision.organisation)
    return {*values.values_list("institution", flat=True), *([named.pk] if named else [])}


@transaction.atomic
def change_profile(person: User, **values: str) -> User:
    """Save what a person says of themselves; where they review, another institution is told."""
    person = lock_person(person)
    before = person.institution
    person = profiles.update_profile(person, **values)
    note_change(person, before, by=person)
    return person


@transaction.atomic
def note_change(person: User, before: Institution | None, *, by: User) -> None:
    """Tell it on every open request that they ask for or may decide. The profile is saved."""
    if by != person:
        profiles.vouch_for_institution(person, by=by)
    after = person.institution
    if before == after:
        return
    values = {"person": str(person.pk), "from": str(before or ""), "to": str(after or "")}
    now = timezone.now()
    concerned = _concerned(person)
    locked = lock_requests({*concerned.values_list("pk", flat=True)})
    for access_request in locked.values():
        if access_request.state in UNDECIDED_STATES:
            record_event(
                access_request, _kind(access_request, person), by=by, at=now, details=values
            )
    transaction.on_commit(stages.recheck_all, robust=True)


def _kind(access_request: AccessRequest, person: User) -> str:
    asks = access_request.requester_id == person.pk
    return "requester.institution_changed" if asks else "reviewer.institution_changed"


def _concerned(person: User) -> QuerySet[AccessRequest]:
    """Their own, and those with an open step of a group of theirs, or with a vote of theirs."""
    groups = person.groups.values("pk")
    steps = Q(step__reviewers__in=groups) | Q(step__alternates__in=groups)
    lent = Delegation.objects.filter(delegate=person, ended_at=None).values("person__groups")
    steps |= Q(step__reviewers__in=lent) | Q(step__alternates__in=lent)
    seats = Stage.objects.open().filter(steps).values("access_request")
    votes = Vote.objects.filter(Q(voter=person) | Q(seat=person)).values("stage__access_request")
    found = Q(requester=person) | Q(pk__in=seats) | Q(pk__in=votes)
    return AccessRequest.objects.filter(found, state__in=UNDECIDED_STATES)
