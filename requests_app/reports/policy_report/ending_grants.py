"""Grants under a policy that end soon."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from requests_app.models import AccessRequest, Grant, Policy
from requests_app.reports.usage import MILLION
from requests_app.states import GrantState, RequestState

SOON = timedelta(days=30)
COLUMNS = (
    *("grant", "holder", "email", "models", "state", "ends_at"),
    *("spent_usd", "spend_cap_usd", "extension"),
)


def of_policy(policy: Policy, now: datetime) -> QuerySet[Grant]:
    """Select them, the earliest end first, each with the `extension` that was requested."""
    asked = AccessRequest.objects.filter(continues=OuterRef("pk"))
    asked = asked.exclude(state=RequestState.DRAFT).order_by("-pk")
    rows = Grant.objects.filter(
        access_request__policy_version__policy=policy,
        state__in=(GrantState.ACTIVE, GrantState.SUSPENDED),
        ends_at__gt=now,
        ends_at__lte=now + SOON,
    )
    annotated: Any = rows.with_spent().annotate(extension=Subquery(asked.values("state")[:1]))
    related = annotated.select_related("holder").prefetch_related("granted_models__ai_model")
    return related.order_by("ends_at", "pk")  # type: ignore[no-any-return]  # as annotated


def extension_of(grant: Any) -> str:
    """Return the state of the extension in words; empty if none was requested."""
    return str(RequestState(grant.extension).label) if grant.extension else ""


def csv_rows(policy: Policy, now: datetime) -> Iterator[list[object]]:
    for grant in of_policy(policy, now).iterator(chunk_size=500):
        models = " ".join(each.ai_model.identifier for each in grant.granted_models.all())
        assert grant.ends_at  # it is selected by that
        yield [
            *(grant, grant.holder.full_name, grant.holder.email, models, grant.state),
            *(grant.ends_at.isoformat(), f"{grant.spent() / MILLION:.6f}", grant.spend_cap),
            extension_of(grant),
        ]
