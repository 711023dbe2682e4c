"""Revocation receipts: when a key ended, and where it is refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from lifecycle.people.models import User
from requests_app import system_reasons
from requests_app.models import AccessRequest, BulkRevocation, Event, Grant, Key, KeyActivity
from requests_app.refusals import WrongState
from requests_app.rules.desk import comment_events
from requests_app.rules.desk.visibility import groups_of
from requests_app.states import KEY, KeyState

LOCAL_CHECK_NAME = gettext_noop("Our gateway check")
KEY_END_EVENTS = ("key.revoked", "key.expired", "key.failed")


@dataclass(frozen=True)
class IssuerRefusal:
    """A gateway where the key could be used, and since when it can't; None if unconfirmed."""

    name: str
    refuses_since: datetime | None


@dataclass(frozen=True)
class RevocationReceipt:
    """How a key ended. `event` is the entry in its chain; all times are UTC."""

    key: Key
    event: Event
    refused_from: datetime
    last_used_at: datetime | None
    attempts: int
    last_attempt_at: datetime | None
    issuers: Sequence[IssuerRefusal]

    @property
    def reason(self) -> str:
        """What whoever ended it wrote, or a sentence of ours."""
        return str(self.event.details.get("reason") or self._reason_of_ours)

    @property
    def _reason_of_ours(self) -> str:
        if self.event.kind == "key.revoked":
            is_holder = self.event.actor_id == self.key.holder_id
            return system_reasons.REVOKED_BY_HOLDER if is_holder else system_reasons.NO_REASON_GIVEN
        if self.event.kind == "key.failed":
            return system_reasons.KEY_NOT_CREATED
        return system_reasons.REACHED_ITS_END

    @property
    def confirmed_at(self) -> datetime | None:
        """When the last issuer confirmed; None while one hasn't."""
        return self.key.closed_at

    @property
    def event_number(self) -> int:
        """Its number for those who see no comments of reviewers, as the API lists events."""
        return comment_events.number_of(self.event)

    @property
    def digest(self) -> str:
        return bytes(self.event.digest).hex()


def receipts_for(person: User) -> QuerySet[Key]:
    """Return ended keys that a person may see: of their grants, shared, or of their policies."""
    owned = Q(access_request__policy_version__policy__owners__in=person.groups.all())
    grants = Grant.objects.filter(Q(holder=person) | owned).values("pk")
    keys = Key.objects.filter(Q(holder=person) | Q(grant__in=grants))
    return keys.select_related("grant__access_request", "holder", "activity")


def of_owner(person: User) -> Q:
    """Select bulk revocations of their policies, and those that ended something under one."""
    groups = list(person.groups.all())
    ended = Event.objects.filter(
        kind="access.ended_under_policy", access_request__policy_version__policy__owners__in=groups
    )
    named = ended.annotate(receipt=KeyTextTransform("receipt", "details")).values("receipt")
    return Q(policy__owners__in=groups) | Q(public_id__in=named)


def has_receipt(key: Key) -> bool:
    return key.state in KEY.terminal or key.state == KeyState.REVOKING


def receipt_for(key: Key) -> RevocationReceipt:
    """Return the receipt. Raises WrongState while the key works."""
    if not has_receipt(key):
        raise WrongState(_("This key still works, so it has no receipt yet. Revoke it first."))
    event = key.grant.access_request.events.filter(subject=key.public_id, kind__in=KEY_END_EVENTS)[
        0
    ]
    seen = getattr(key, "activity", None) or KeyActivity()
    return RevocationReceipt(
        key=key,
        event=event,
        refused_from=refused_from(key),
        last_used_at=seen.last_used_at,
        attempts=seen.refusals,
        last_attempt_at=seen.last_refused_at,
        issuers=issuers_of(key),
    )


def refused_from(key: Key) -> datetime:
    """Return when the check began to refuse: at revocation or at the end, whichever was first."""
    return min(at for at in (key.refused_from, key.expires_at, key.closed_at) if at)


def issuers_of(key: Key) -> list[IssuerRefusal]:
    """Return every place where the key was created."""
    elsewhere = key.issued.order_by("issuer", "pk").values_list("issuer", "gone_at")
    return [
        IssuerRefusal(LOCAL_CHECK_NAME, refused_from(key)),
        *(IssuerRefusal(*each) for each in elsewhere),
    ]


def shown_to(who: User, ending: BulkRevocation) -> dict[str, Any]:
    """Return what ended; owners of some of the policies see what was under those."""
    grants = Grant.objects.filter(public_id__in=ending.grants).select_related("holder")
    keys = Key.objects.filter(public_id__in=ending.keys).select_related("holder", "grant")
    requests = AccessRequest.objects.filter(public_id__in=ending.requests)
    groups = groups_of(who)
    owns = ending.policy is not None and ending.policy.owners_id in groups
    whole = who.is_superuser or ending.by_id == who.pk or owns
    if not whole:
        policy = "policy_version__policy__owners__in"
        grants = grants.filter(**{f"access_request__{policy}": groups})
        keys = keys.filter(**{f"grant__access_request__{policy}": groups})
        requests = requests.filter(**{policy: groups})
    shown: dict[str, list[Any]] = {
        "grants": list(grants.order_by("pk")),
        "keys": list(keys.order_by("pk")),
        "requests": list(requests.order_by("pk")),
    }
    everything = sum(len(getattr(ending, name)) for name in shown)
    others = everything - sum(map(len, shown.values()))
    return {**shown, "whole": whole, "others": others}
