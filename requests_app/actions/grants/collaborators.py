"""Collaborators of a grant: accept its terms, leave, be removed."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lifecycle.people.models import User
from requests_app import system_reasons
from requests_app.actions.keys import key_revocation
from requests_app.models import Collaborator, Grant
from requests_app.refusals import Invalid, WrongState
from requests_app.rules.permissions import check
from requests_app.transitions import batch
from requests_app.transitions.locks import lock_grant
from requests_app.transitions.transition import record_event


@transaction.atomic
def accept(grant: Grant, *, by: User) -> Collaborator:
    """Accept the terms of the policy version behind the grant; `by` can then create a key."""
    grant = lock_grant(grant.pk)
    now = timezone.now()
    check("accept", grant, by)
    mine = _place(grant, by)
    if mine.accepted_at:
        raise WrongState(_("You have already accepted the terms. You can create your key."))
    mine.accepted_at = now
    mine.save(update_fields=["accepted_at"])
    terms = str(grant.access_request.policy_version)
    record_event(grant, "grant.terms_accepted", by=by, at=now, details={"policy": terms})
    return mine


@transaction.atomic
def leave(grant: Grant, *, by: User) -> Collaborator:
    """End one's own shared access; one's keys are refused from this commit."""
    grant = lock_grant(grant.pk)
    now = timezone.now()
    check("leave", grant, by)
    return _remove(grant, _place(grant, by), "grant.collaborator_left", by=by, now=now)


@transaction.atomic
def remove(grant: Grant, person: User, *, by: User) -> Collaborator:
    """End a collaborator's access; their keys are refused from this commit."""
    grant = lock_grant(grant.pk)
    now = timezone.now()
    check("remove", grant, by)
    return _remove(grant, _place(grant, person), "grant.collaborator_removed", by=by, now=now)


def _place(grant: Grant, person: User) -> Collaborator:
    found = grant.collaborators.filter(person=person, removed_at=None).first()
    if found is None:
        raise Invalid({"person": _("This person no longer shares the access. Reload the page.")})
    return found


def _remove(
    grant: Grant, place: Collaborator, kind: str, *, by: User, now: datetime
) -> Collaborator:
    place.removed_at, place.removed_by = now, by
    place.save(update_fields=["removed_at", "removed_by"])
    record_event(grant, kind, by=by, at=now, details={"person": str(place.person_id)})
    reason = system_reasons.NO_LONGER_SHARED
    key_revocation.revoke_all_of(grant, place.person, by=by, reason=reason, now=now)
    return place


def remove_all(places: Iterable[Collaborator], *, by: User, now: datetime) -> None:
    """End shared access under locked grants; the caller revokes the keys."""
    for place in places:
        place.removed_at, place.removed_by = now, by
        batch.save(place, ["removed_at", "removed_by"])
        details = {"person": str(place.person_id)}
        record_event(place.grant, "grant.collaborator_removed", by=by, at=now, details=details)
