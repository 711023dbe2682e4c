"""What emails to policy owners list, limited to the policies that the reader owns."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from django.db.models import Q
from django.utils.translation import ngettext

from requests_app.models import BulkRevocation, Event, Key, Notice

ENDED = "access.ended_under_policy"


class EndedUnderPolicy(NamedTuple):
    """What a bulk revocation ended under one policy: “2 grants, 3 keys”."""

    policy: str
    lost: str


def of_notice(notice: Notice) -> dict[str, Any]:
    """Return the template's variables; nothing is read for other emails."""
    if notice.template == "owners_access_ended":
        return {"ending": _ending(notice.event), "ended_under": list(_ended(notice))}
    if notice.template == "owners_key_leaked":
        return {"leaked": list(_leaked(notice))}
    return {}


def _ending(event: Event) -> BulkRevocation:
    return BulkRevocation.objects.get(public_id=event.details["receipt"])


def _ended(notice: Notice) -> Iterable[EndedUnderPolicy]:
    policy = "access_request__policy_version__policy"
    rows = Event.objects.filter(
        _owned(notice, policy), kind=ENDED, details__receipt=notice.event.details["receipt"]
    )
    for event in rows.select_related(policy).order_by("pk"):
        assert event.access_request  # whose chain it is on
        yield EndedUnderPolicy(
            str(event.access_request.policy_version.policy), ", ".join(_counted(event.details))
        )


def _counted(lost: Mapping[str, Any]) -> Iterator[str]:
    grants, keys = lost.get("grants", 0), lost.get("keys", 0)
    shared, requests = lost.get("shared", 0), lost.get("requests", 0)
    if grants:
        yield ngettext("%d grant", "%d grants", grants) % grants
    if keys:
        yield ngettext("%d key", "%d keys", keys) % keys
    if shared:
        yield ngettext("%d shared grant", "%d shared grants", shared) % shared
    if requests:
        yield ngettext("%d open request", "%d open requests", requests) % requests


def _leaked(notice: Notice) -> Iterable[Key]:
    owned = _owned(notice, "grant__access_request__policy_version__policy")
    rows = Key.objects.filter(owned, public_id__in=notice.event.details["reported"])
    return rows.select_related("grant", "holder").order_by("pk")


def _owned(notice: Notice, policy: str) -> Q:
    assert notice.recipient  # owners are people
    return Q(**{f"{policy}__owners__in": list(notice.recipient.groups.all())})
