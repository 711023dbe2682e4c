"""Record requesters' institutions when a request is sent, and changes while one is open."""

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
from requests_app.states import UNDECIDED
from requests_app.transitions.locks import lock_requests
from requests_app.transitions.people_locks import lock_person
from requests_app.transitions.transition import record_event

# A new request for the same model within this time keeps the institutions of the last one.
SAME_INSTITUTIONS = timedelta(days=90)


def declare(revision: Revision) -> None:
    """Store the requester's institutions from profile and text when a request is first sent.

    Later revisions add nothing, so nobody can bar a reviewer they have come to know. A follow-up
    request takes over the institutions and dates of the request it follows.
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
    """Return the id of the request whose institutions count, or None.

    It is the appealed or extended one, or the last for one of these models, so that nobody can
    withdraw and ask again to choose their reviewers.
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
    # Not from the profile: emptying it must not remove a conflict of interest.
    values = Affiliation.objects.filter(person=by, ends_at=None)
    named = profiles.institution_named(revision.organisation)
    return {*values.values_list("institution", flat=True), *([named.pk] if named else [])}


@transaction.atomic
def change_profile(person: User, **values: str) -> User:
    """Save a person's profile and record a changed institution on the requests concerned."""
    person = lock_person(person)
    before = person.institution
    person = profiles.update_profile(person, **values)
    note_change(person, before, by=person)
    return person


@transaction.atomic
def note_change(person: User, before: Institution | None, *, by: User) -> None:
    """Record a changed institution on every open request that the person made or may decide.

    The profile is saved already.
    """
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
        # Decided while this waited for its lock: nobody needs to know any more.
        if access_request.state in UNDECIDED:
            record_event(
                access_request, _kind(access_request, person), by=by, at=now, details=values
            )
    # Somebody may have become barred or eligible: deadlocks begin or end.
    transaction.on_commit(stages.recheck_all, robust=True)


def _kind(access_request: AccessRequest, person: User) -> str:
    asks = access_request.requester_id == person.pk
    return "requester.institution_changed" if asks else "reviewer.institution_changed"


def _concerned(person: User) -> QuerySet[AccessRequest]:
    """Return the person's own requests and those they may decide or have voted on."""
    groups = person.groups.values("pk")
    steps = Q(step__reviewers__in=groups) | Q(step__alternates__in=groups)
    lent = Delegation.objects.filter(delegate=person, ended_at=None).values("person__groups")
    steps |= Q(step__reviewers__in=lent) | Q(step__alternates__in=lent)
    seats = Stage.objects.open().filter(steps).values("access_request")
    votes = Vote.objects.filter(Q(voter=person) | Q(seat=person)).values("stage__access_request")
    found = Q(requester=person) | Q(pk__in=seats) | Q(pk__in=votes)
    return AccessRequest.objects.filter(found, state__in=UNDECIDED)
