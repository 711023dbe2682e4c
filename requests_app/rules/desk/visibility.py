"""What a person may see on the review desk, and which steps they may still decide."""

from collections.abc import Callable, Iterable
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, prefetch_related_objects

from lifecycle.people.models import User
from requests_app.models import Delegation, Policy, PolicyVersion, Stage, Vote
from requests_app.rules.eligibility import COUNTED_CHOICES

READ = "requests_visible"  # where a person keeps what was read


def groups_of(person: User) -> list[int]:
    """Return ids of the person's groups, prefetched if possible."""
    return [group.pk for group in person.groups.all()]


def delegated_seats(who: User, now: datetime) -> list[Delegation]:
    """Return the delegations by which `who` may vote at `now`, with their owners' groups."""
    running = Delegation.objects.current(now).filter(delegate=who, person__is_active=True)
    return list(running.select_related("person").prefetch_related("person__groups"))


def reviewed_by_groups(groups: list[int]) -> Q:
    """Select stages on which these groups vote; alternates only once they are called."""
    called = Q(step__alternates__in=groups, escalated_at__isnull=False)
    return Q(step__reviewers__in=groups) | called


def with_free_seat(who: User, lent: Iterable[Delegation], unbarred: Callable[[User], Q]) -> Q:
    """Select stages on which `who` may vote in a seat, their own or lent, that hasn't been used.

    `unbarred` selects those on which a person has no conflict of interest.
    """
    seats = _unused(who)
    for place in lent:
        seats |= place.covered_stages() & _unused(place.person) & unbarred(place.person)
    return seats & unbarred(who)


def _unused(seat: User) -> Q:
    taken = Vote.objects.filter(stage=OuterRef("pk"), seat=seat, choice__in=COUNTED_CHOICES)
    return reviewed_by_groups(groups_of(seat)) & ~Q(Exists(taken))


def requests_visible_to(who: User, now: datetime) -> Q:
    """Select requests that reached a stage of the person's groups, or that they own.

    Stages of delegated seats count too. Versions are passed as a plain list, so that the database
    reads only their requests. It is read once for somebody whom `read_once` was called for.
    """
    known: Q | None = vars(who).get(READ)
    return known or _requests_visible_to(who, now)


def read_once(who: User, now: datetime) -> None:
    """Read a person's groups and what they see once, for a page that asks again and again.

    Not for an action: it may wait for its locks, and they may have left a group by then.
    """
    prefetch_related_objects([who], "groups")
    vars(who)[READ] = _requests_visible_to(who, now)


def _requests_visible_to(who: User, now: datetime) -> Q:
    groups, places = groups_of(who), delegated_seats(who, now)
    opened = Stage.objects.filter(access_request=OuterRef("pk"), opened_at__isnull=False)
    reviewed = reviewed_by_groups(groups)
    for place in places:
        reviewed |= place.covered_stages() & reviewed_by_groups(groups_of(place.person))
    owned = PolicyVersion.objects.filter(policy__owners__in=groups).values_list("pk", flat=True)
    named = _versions_naming({*groups, *(g for place in places for g in groups_of(place.person))})
    return Q(policy_version__in=list(owned)) | (
        Q(policy_version__in=named) & Q(Exists(opened.filter(reviewed)))
    )


def _versions_naming(groups: set[int]) -> list[int]:
    named = Q(steps__reviewers__in=groups) | Q(steps__alternates__in=groups)
    return list(PolicyVersion.objects.filter(named).values_list("pk", flat=True).distinct())


def policies_of(who: User) -> list[Policy]:
    """Return the policies that the person owns or votes under; all for a superuser."""
    if who.is_superuser:
        return list(Policy.objects.all())
    groups = groups_of(who)
    steps = Q(versions__steps__reviewers__in=groups) | Q(versions__steps__alternates__in=groups)
    return list(Policy.objects.filter(Q(owners__in=groups) | steps).distinct())
