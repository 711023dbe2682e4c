"""How far a key is to reach at another gateway, from its grant as it is now."""

from datetime import datetime

from requests_app.issuers import Issuer, Terms
from requests_app.models import Grant, GrantedModel, Key
from requests_app.states import GrantState


def terms_at(issuer: Issuer, key: Key, now: datetime) -> Terms:
    """Only what this gateway serves; blocked while the grant is paused or not begun."""
    grant = Grant.objects.select_related("holder").get(pk=key.grant_id)
    expires_at, is_active = Key.objects.values_list("expires_at", "holder__is_active").get(
        pk=key.pk
    )
    live = GrantedModel.objects.there(now).filter(grant=grant, is_live=True)
    identifiers = live.values_list("ai_model__identifier", flat=True)
    names = {issuer.models[identifier] for identifier in identifiers if identifier in issuer.models}
    return Terms(
        models=tuple(sorted(names)),
        ends_at=expires_at,
        budget=grant.spend_cap,
        requests_per_minute=grant.requests_per_minute,
        is_blocked=not (names and _is_open(grant, now) and is_active and grant.holder.is_active),
    )


def changes_at(key: Key, now: datetime) -> datetime | None:
    """When they change by the clock alone: the grant begins, or a model of it is withdrawn."""
    models = GrantedModel.objects.filter(grant=key.grant_id, ai_model__withdrawn_at__gt=now)
    begins = Grant.objects.filter(pk=key.grant_id, activated_at__gt=now)
    withdrawn = models.values_list("ai_model__withdrawn_at", flat=True)
    moments = (*withdrawn, *begins.values_list("activated_at", flat=True))
    return min((moment for moment in moments if moment), default=None)


def _is_open(grant: Grant, now: datetime) -> bool:
    begun = grant.activated_at is not None and grant.activated_at <= now
    return begun and grant.state == GrantState.ACTIVE
