"""What tests about other gateways share: one that runs, and sweeps until nothing is left to do."""

from datetime import datetime, timedelta

from django.utils import timezone

from lifecycle.config.issuers import IssuerSettings
from requests_app.actions.keys import external_keys, key_revocation, reconciliation
from requests_app.issuers import get_issuer
from requests_app.models import ExternalKey, ExternalKeyState, Key
from tests.support.api_client import OPUS
from tests.support.fake_litellm import ADMIN_KEY, Proxy

CAMPUS = "campus"


def settings_of(proxy: Proxy, name: str = CAMPUS) -> IssuerSettings:
    return IssuerSettings(name, "litellm", proxy.url, ADMIN_KEY, {OPUS: "opus-3"})


def sweep(now: datetime) -> None:
    """One round of what the worker does about keys at other gateways."""
    due = ExternalKey.objects.due(ExternalKeyState.CREATING, now).values_list("key", flat=True)
    for key_id in set(due):
        external_keys.abandon_creation(key_id, now=now)
    for key_id in Key.objects.due_for_retirement(now).ids():
        key_revocation.retire(key_id, now=now)
    external_keys.push_due(CAMPUS, now=now)
    external_keys.verify_due(CAMPUS, now=now)


def sweep_to_the_end(rounds: int = 3) -> None:
    """Compare and repair as if the next hours had passed."""
    now = timezone.now()
    for hours in range(2, 2 + rounds):
        moment = now + timedelta(hours=hours)
        sweep(moment)
        reconciliation.reconcile(get_issuer(CAMPUS), now=moment)
        sweep(moment)


def should_be_there() -> set[str]:
    live = Key.objects.filter(state__in=("active", "retiring"))
    return set(live.values_list("public_id", flat=True))
