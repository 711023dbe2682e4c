"""Compute the terms of a key at another gateway from the current state of its grant."""

from datetime import datetime

from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _

from requests_app import issuers
from requests_app.issuers import Issuer, KeyTerms
from requests_app.models import Grant, GrantedModel, Key
from requests_app.models.access.grant import MICROS_PER_USD
from requests_app.models.requests.scope import OPERATIONS
from requests_app.states import GrantState, KeyState
from requests_app.wording.limits import LABELS

DAILY_LIMITS = ("requests_per_day", "tokens_per_day")  # limits that no other gateway knows


def issuer_terms(
    issuer: Issuer, key: Key, now: datetime, *, spent_there: float | None = 0
) -> KeyTerms:
    """Return the key's terms at this gateway; blocked while the grant is suspended or not begun.

    `spent_there` is what the gateway has counted for the key, in USD; None if it doesn't say.
    """
    # Read again: the rows at hand may be older than the call that takes these terms along.
    grant = Grant.objects.select_related("holder").get(pk=key.grant_id)
    expires_at, is_active = Key.objects.values_list("expires_at", "holder__is_active").get(
        pk=key.pk
    )
    live = GrantedModel.objects.there(now).filter(grant=grant, is_live=True)
    identifiers = live.values_list("ai_model__identifier", flat=True)
    names = {issuer.models[identifier] for identifier in identifiers if identifier in issuer.models}
    return KeyTerms(
        models=tuple(sorted(names)),
        ends_at=expires_at,
        budget=_budget_there(key, grant, spent_there),
        requests_per_minute=grant.requests_per_minute,
        is_blocked=grant.is_spent
        or not (names and _is_open(grant, now) and is_active and grant.holder.is_active),
    )


def _budget_there(key: Key, grant: Grant, spent_there: float | None) -> float | None:
    """Return the budget of this key at the gateway in USD; None if nothing is left.

    The gateway counts only its own calls, so usage elsewhere is deducted: by other keys, and by
    this key through our check. With nothing left the key is blocked, since there no budget means no
    limit.
    """
    if grant.spend_cap is None or grant.is_spent:
        return None
    own = key.usage.aggregate(all=Sum("cost"))["all"] or 0
    if spent_there is not None:
        # Usage of this key that the gateway counts itself must not be deducted twice.
        own = min(own, round(spent_there * MICROS_PER_USD))
    return (grant.spend_cap * MICROS_PER_USD - (grant.spent() - own)) / MICROS_PER_USD


def gateways_of(grant: Grant) -> list[str]:
    """Return the names of the other gateways that need a copy of this grant's keys."""
    granted = grant.granted_models.filter(is_live=True)
    return issuers.names_for_models(set(granted.values_list("ai_model__identifier", flat=True)))


def bound_to_networks(issuer: Issuer) -> QuerySet[Key]:
    """Return keys limited to networks that this gateway would accept from anywhere.

    They were created before it served their models.
    """
    served = GrantedModel.objects.filter(is_live=True, ai_model__identifier__in=issuer.models)
    live = Key.objects.filter(state=KeyState.ACTIVE, grant__in=served.values("grant"))
    return live.exclude(networks=[]).order_by("pk")


def unenforceable_elsewhere(grant: Grant) -> str:
    """Return a sentence naming the limits that other gateways don't check; empty if none."""
    names = gateways_of(grant)
    if not names:
        return ""
    loose = [] if set(grant.operations) == set(OPERATIONS) else [_("the types of call")]
    loose += [str(LABELS[name]) for name in DAILY_LIMITS if getattr(grant, name) is not None]
    params = {"names": ", ".join(sorted(names)), "loose": ", ".join(loose)}
    if not loose:
        return (
            _(
                "Your key also works at %(names)s, which doesn't check networks, so it can't "
                "be limited to any."
            )
            % params
        )
    return (
        _(
            "Your key also works at %(names)s, which doesn't check %(loose)s. These limits "
            "still apply to you. The key can't be limited to networks."
        )
        % params
    )


def next_change_at(key: Key, now: datetime) -> datetime | None:
    """Return when the terms next change by time alone: the grant begins or a model is withdrawn."""
    models = GrantedModel.objects.filter(grant=key.grant_id, ai_model__withdrawn_at__gt=now)
    begins = Grant.objects.filter(pk=key.grant_id, activated_at__gt=now)
    withdrawn = models.values_list("ai_model__withdrawn_at", flat=True)
    moments = (*withdrawn, *begins.values_list("activated_at", flat=True))
    return min((moment for moment in moments if moment), default=None)


def _is_open(grant: Grant, now: datetime) -> bool:
    begun = grant.activated_at is not None and grant.activated_at <= now
    return begun and grant.state == GrantState.ACTIVE
