"""Merge institutions that are one: the old name stays and stands for the other from then on."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from lifecycle.people import profiles
from lifecycle.people.models import Institution, User
from requests_app.actions.review import stages
from requests_app.models import InstitutionMerge
from requests_app.refusals import Invalid, NotAllowed, WrongState
from requests_app.rules.permissions import checked_reason
from requests_app.transitions.locks import lock_requests
from requests_app.transitions.merger import Merger
from requests_app.transitions.people_locks import lock_merger
from requests_app.transitions.transition import record_event

REASON_REQUIRED = "Say how you know that they are one."
EDITORS_ONLY = "Only people who may change institutions can merge them."


def why_not_merge(by: User) -> str | None:
    """Return the sentence that refuses a merger by this person; None if they may."""
    by = User.objects.get(pk=by.pk)  # a stale instance would keep the permissions it had
    return None if by.has_perm("people.change_institution") else EDITORS_ONLY


@transaction.atomic
def merge(old: Institution, into: Institution, *, by: User, reason: str) -> InstitutionMerge:
    """Make `old` a name of `into`: its people move, and all rules by institution see one.

    Requests keep what they named, which is looked up from then on. Whoever signs up with the old
    name at this moment is moved, too: see the trigger on profiles.
    """
    if old.pk == into.pk:
        raise Invalid({"into": "Choose another institution."})
    locked = lock_merger(old, into)
    old, into = locked[old.pk], locked[into.pk]
    _check(old, into, by)
    reason, now = checked_reason(reason, needed=REASON_REQUIRED), timezone.now()
    merger = Merger(old, into)
    undecided = set(merger.undecided.values_list("pk", flat=True))
    requests = merger.requests.count()
    people = profiles.merge_institution(old, into)
    _record(undecided, old, into, by=by, now=now)
    # Reviewers may have become barred: deadlocks begin, and alternates are called.
    transaction.on_commit(stages.recheck_all, robust=True)
    return InstitutionMerge.objects.create(
        merged=old, into=into, by=by, at=now, reason=reason, people=people, requests=requests
    )


def _check(old: Institution, into: Institution, by: User) -> None:
    if sentence := why_not_merge(by):
        raise NotAllowed(sentence)
    for each in (old, into):
        if each.merged_into:
            raise WrongState(f"{each} was merged into {each.merged_into} meanwhile.")


def _record(
    undecided: set[int], old: Institution, into: Institution, *, by: User, now: datetime
) -> None:
    """Record it on the requests whose colleagues may be others now."""
    details = {"from": str(old), "to": str(into)}
    for access_request in lock_requests(undecided).values():
        record_event(
            access_request, "request.institutions_merged", by=by, at=now, details=dict(details)
        )
