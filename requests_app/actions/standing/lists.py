"""Keep the list of a standing rule; whoever is removed loses the access at once."""

from collections.abc import Collection
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from lifecycle.people.email import addresses
from lifecycle.people.models import User
from requests_app.actions.standing import access
from requests_app.models import StandingMember, StandingRule
from requests_app.refusals import Invalid
from requests_app.rules import standing
from requests_app.rules.permissions import check
from requests_app.transitions.policy_locks import lock_standing_rule
from requests_app.transitions.transition import record_event

MAX_ADDRESSES = 1_000  # in one call


@dataclass(frozen=True)
class ListChange:
    """How many addresses a call changed, how many it left, and how many grants it ended."""

    changed: int
    unchanged: int
    ended: int = 0


@transaction.atomic
def add(rule: StandingRule, emails: Collection[str], *, by: User) -> ListChange:
    """Put addresses on the list. Those that are on it stay as they are."""
    wanted = normalized(emails)
    rule, now = lock_standing_rule(rule.pk), timezone.now()
    check("keep_list", rule, by)
    there = set(_listed(rule, wanted).values_list("email", flat=True))
    new = sorted(wanted - there)
    StandingMember.objects.bulk_create(
        StandingMember(rule=rule, email=email, added_at=now, added_by=by) for email in new
    )
    if new:
        details = {"rule": rule.name, "count": len(new)}
        record_event(rule, "standing_rule.members_added", by=by, at=now, details=details)
    return ListChange(len(new), len(there))


@transaction.atomic
def remove(rule: StandingRule, emails: Collection[str], *, by: User) -> ListChange:
    """Take addresses off the list and end the access by them, from this commit on."""
    wanted = normalized(emails)
    rule, now = lock_standing_rule(rule.pk), timezone.now()
    check("keep_list", rule, by)
    gone = _listed(rule, wanted).update(removed_at=now, removed_by=by)
    if not gone:
        return ListChange(0, len(wanted))
    details = {"rule": rule.name, "count": gone}
    record_event(rule, "standing_rule.members_removed", by=by, at=now, details=details)
    ended = access.end_lost(standing.lost_grants(rule, now).ids(), by=by, now=now)
    return ListChange(gone, len(wanted) - gone, ended)


def forget(person: User) -> None:
    """Erase the addresses of somebody who deletes their account, on every list."""
    mine = {person.email, *addresses.verified(person)}
    StandingMember.objects.filter(email__in=mine).delete()


def normalized(emails: Collection[str]) -> set[str]:
    """Return the addresses in their stored form. Raises Invalid, naming the first bad one."""
    if not emails:
        raise Invalid({"emails": "Name at least one address."})
    if len(emails) > MAX_ADDRESSES:
        raise Invalid({"emails": f"Name at most {MAX_ADDRESSES:,} addresses in one call."})
    return {_stored(position, email) for position, email in enumerate(emails, start=1)}


def _stored(position: int, email: str) -> str:
    try:
        return addresses.cleaned(email)
    except ValidationError as error:
        raise Invalid({"emails": f"Address {position}: {error.messages[0]}"}) from None


def _listed(rule: StandingRule, emails: Collection[str]) -> QuerySet[StandingMember]:
    return StandingMember.objects.filter(rule=rule, removed_at=None, email__in=emails)
