"""Which models this person can request now, together."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import Enum

from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.models import (
    AccessRequest,
    Grant,
    GrantedModel,
    Policy,
    PolicyModel,
    PolicyVersion,
    RequestedModel,
)
from requests_app.refusals import Invalid
from requests_app.states import GRANT, VersionState
from requests_app.validation.request_input import RequestInput


class Obstacle(Enum):
    """Why nobody can request a model, whatever its policy."""

    WITHDRAWN = "withdrawn"
    NOT_RETIRED = "not retired"
    NOT_BY_REQUEST = "not by request"


SENTENCES: Mapping[Obstacle, str] = {
    Obstacle.WITHDRAWN: gettext_noop(
        "%(ai_model)s is withdrawn or about to be, so you can't request it."
    ),
    Obstacle.NOT_RETIRED: gettext_noop(
        "%(ai_model)s isn't retired yet. Until then, use it through its provider."
    ),
    Obstacle.NOT_BY_REQUEST: gettext_noop(
        "You can't request %(ai_model)s: its provider doesn't offer access on request."
    ),
}


def requested_models(request_input: RequestInput, *, now: datetime) -> list[AIModel]:
    """Return the models. Raises Invalid with the first reason why one can't be requested."""
    if not request_input.identifiers:
        raise Invalid({"identifiers": _("Choose the model you need.")})
    named = AIModel.objects.filter(identifier__in=request_input.identifiers)
    rows = named.prefetch_related("retirements", "access_routes")
    return check_available(request_input.identifiers, rows, now=now)


def check_available(
    identifiers: Iterable[str], rows: Iterable[AIModel], *, now: datetime
) -> list[AIModel]:
    """Return these models from `rows`. Raises Invalid with the first reason against one."""
    found = {ai_model.identifier: ai_model for ai_model in rows}
    for identifier in identifiers:
        if sentence := _why_not_asked(identifier, found.get(identifier), now.date()):
            raise Invalid({"identifiers": sentence})
    return list(found.values())


def requestable(today: date) -> QuerySet[AIModel]:
    """Return retired models that are available by request under a published policy."""
    rows = AIModel.objects.retired_on(today).by_request()
    return rows.filter(policies__versions__state=VersionState.PUBLISHED).distinct()


def obstacle(ai_model: AIModel, today: date) -> Obstacle | None:
    """Return the first; needs retirements and routes prefetched where several are asked about."""
    if ai_model.withdrawn_at:
        return Obstacle.WITHDRAWN
    if not ai_model.is_retired(today):
        return Obstacle.NOT_RETIRED
    return None if ai_model.is_by_request() else Obstacle.NOT_BY_REQUEST


def _why_not_asked(identifier: str, ai_model: AIModel | None, today: date) -> str | None:
    if ai_model is None:
        return _("“%(identifier)s” isn't in the catalogue. Choose a model from the list.") % {
            "identifier": identifier[:100]
        }
    found = obstacle(ai_model, today)
    return _(SENTENCES[found]) % {"ai_model": ai_model} if found else None


def version_for(ai_models: Sequence[AIModel]) -> PolicyVersion:
    """Return the published version of the one policy that covers all these models."""
    rows = PolicyModel.objects.filter(ai_model__in=ai_models).select_related("policy")
    policies = {row.ai_model_id: row.policy for row in rows}
    versions = {policy.pk: policy.current for policy in set(policies.values())}
    for ai_model in ai_models:
        policy = policies.get(ai_model.pk)
        if policy is None or versions[policy.pk] is None:
            raise Invalid(
                {
                    "identifiers": _("%(ai_model)s has no published policy yet. Try again later.")
                    % {"ai_model": ai_model}
                }
            )
    if len(versions) > 1:
        raise Invalid({"identifiers": _different(policies.values())})
    current = versions[policies[ai_models[0].pk].pk]
    assert current is not None  # checked in the loop
    return current


def _different(policies: Iterable[Policy]) -> str:
    names = ", ".join(sorted({f"“{policy}”" for policy in policies}))
    return _(
        "These models have different policies: %(names)s. Send a separate request for each policy."
    ) % {"names": names}


def check_not_held(
    ai_models: Sequence[AIModel],
    *,
    by: User,
    but: AccessRequest | None,
    continues: Grant | None = None,
) -> None:
    """Allow one open request and no active grant per person and model; the person is locked."""
    for sentence in why_held(ai_models, by=by, but=but, continues=continues).values():
        raise Invalid({"identifiers": sentence})


def why_held(
    ai_models: Iterable[AIModel],
    *,
    by: User,
    but: AccessRequest | None = None,
    continues: Grant | None = None,
) -> dict[int, str]:
    """Return why the person can't have some of these models once more, by their primary keys."""
    taken = RequestedModel.objects.filter(requester=by, ai_model__in=ai_models, is_open=True)
    others = taken.exclude(access_request=but).select_related("ai_model", "access_request")
    found = {row.ai_model_id: _open_request(row) for row in others.order_by("pk")}
    # The exclusion constraint on granted models would refuse an overlap later, at the approval.
    held = GrantedModel.objects.filter(
        ai_model__in=ai_models, grant__holder=by, grant__state__in=GRANT.live
    )
    if continues:
        held = held.exclude(grant=continues)
    for row in held.select_related("grant").order_by("-grant__starts_at"):
        sentence = _("You already have access to this model: %(grant)s.") % {"grant": row.grant}
        found.setdefault(row.ai_model_id, sentence)
    return found


def _open_request(row: RequestedModel) -> str:
    sentence = _(
        "You already have an open request for %(ai_model)s: %(access_request)s. "
        "Continue that one, or withdraw it first."
    )
    return sentence % {"ai_model": row.ai_model, "access_request": row.access_request}


def check_wait(ai_models: Sequence[AIModel], *, by: User, today: date) -> None:
    """Refuse a model before the day on which it may be requested again after a denial."""
    denied = AccessRequest.objects.without_overturned().filter(
        requester=by, ask_again_on__gt=today, requested_models__ai_model__in=ai_models
    )
    latest = denied.order_by("ask_again_on").last()
    if latest and latest.ask_again_on:
        asked = set(latest.requested_models.values_list("ai_model", flat=True))
        params = _("After %(latest)s, you can request %(models)s again from %(day)s (UTC).") % {
            "latest": latest,
            "models": ", ".join(str(row) for row in ai_models if row.pk in asked),
            "day": date_format(latest.ask_again_on),
        }
        raise Invalid({"identifiers": params})
