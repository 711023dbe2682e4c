"""Which models can be requested now, and why others can't."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db.models import Prefetch, Q, QuerySet

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.models import (
    AccessRequest,
    Grant,
    GrantedModel,
    PolicyVersion,
    RequestedModel,
)
from requests_app.refusals import Invalid
from requests_app.states import VersionState
from requests_app.validation import requested_models

PUBLISHED = Prefetch(
    "policy_model__policy__versions",
    PolicyVersion.objects.filter(state=VersionState.PUBLISHED).order_by("number"),
)


def requestable_models_for(
    person: User, today: date, *, chosen: Iterable[str] = ()
) -> QuerySet[AIModel]:
    """Return `requestable_models` without those already held or requested, but with `chosen`."""
    asked = RequestedModel.objects.filter(requester=person, is_open=True)
    held = GrantedModel.objects.filter(grant__in=Grant.objects.live().filter(holder=person))
    taken = Q(pk__in=asked.values("ai_model")) | Q(pk__in=held.values("ai_model"))
    return requestable_models(today).exclude(taken & ~Q(identifier__in=list(chosen)))


def requestable_models(today: date) -> QuerySet[AIModel]:
    """Return retired models that are available by request under a published policy."""
    rows = requested_models.requestable(today)
    return rows.select_related("provider", "policy_model__policy").prefetch_related(PUBLISHED)


def version_in_force(ai_model: AIModel) -> PolicyVersion | None:
    """Return the policy version for new requests for this model; needs `PUBLISHED` prefetched."""
    under = getattr(ai_model, "policy_model", None)
    published = list(under.policy.versions.all()) if under else []
    return published[-1] if published else None


def why_not_requestable(
    identifier: str, rows: Iterable[AIModel], person: User | None, now: datetime
) -> str | None:
    """Return the sentence that refuses a request for this model; None if it can be requested.

    `rows` holds the model, or nothing if the catalogue doesn't have it.
    """
    today = now.date()
    try:
        ai_models = requested_models.check_available([identifier], rows, now=now)
        requested_models.version_for(ai_models)
        if person:
            requested_models.check_not_held(ai_models, by=person, but=None)
            requested_models.check_wait(ai_models, by=person, today=today)
    except Invalid as refusal:
        return refusal.sentence
    return None


def version_to_accept(access_request: AccessRequest) -> PolicyVersion:
    """Return the version whose terms the next text of a request accepts."""
    version = access_request.policy_version
    return version.policy.current or version
