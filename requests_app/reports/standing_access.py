"""How many people have standing access: in public only from five on."""

from typing import NamedTuple

from django.db.models import Count, Q

from requests_app.models import Grant, StandingRule
from requests_app.reports.decision_times import MIN_DECISIONS
from requests_app.states import GRANT

MIN_PEOPLE = MIN_DECISIONS  # one rule of small numbers for everything in public


class StandingCounts(NamedTuple):
    """People who ever started standing access, and who have it now; None below five."""

    started: int | None
    live: int | None


def public_counts() -> StandingCounts | None:
    """Return the numbers over all rules; None while there has been no rule."""
    if not StandingRule.objects.exclude(published_at=None).exists():
        return None
    found = Grant.objects.standing().aggregate(
        started=Count("holder", distinct=True),
        live=Count("holder", distinct=True, filter=Q(state__in=GRANT.live)),
    )
    return StandingCounts(_from_five_on(found["started"]), _from_five_on(found["live"]))


def _from_five_on(people: int) -> int | None:
    return people if people >= MIN_PEOPLE else None
