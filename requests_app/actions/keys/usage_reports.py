"""Store the usage that gateways report, and count each batch once."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TypedDict, cast

from django.db import models, transaction
from django.db.models import F
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Least
from django.utils import timezone
from django.utils.translation import gettext as _

from lifecycle.catalogue.models import AIModel
from lifecycle.config.logs import redacted
from requests_app.actions.keys import external_keys
from requests_app.models import Grant, Key, ServiceToken, Usage, UsageBatch
from requests_app.refusals import Invalid, WrongState

MAX_ENTRIES = 1_000
MAX_AGE = timedelta(days=31)

UsageCell = tuple[int, int, date]


@dataclass(frozen=True)
class UsageEntry:
    """Usage of one model by one key on one UTC day; `cost` is in millionths of a USD.

    Without a day it counts to the day on which the batch first arrived.
    """

    key: str
    model: str
    day: date | None
    input_tokens: int
    output_tokens: int
    cost: int


class RefusedEntry(TypedDict):
    """An entry of the batch (index from 0) that is never counted, and the reason."""

    entry: int
    reason: str
    detail: str


class UsageReportReceipt(TypedDict):
    """The number of counted entries, and the indexes (from 0) of unknown and refused ones."""

    counted: int
    unknown: list[int]
    refused: list[RefusedEntry]


@transaction.atomic
def report(
    entries: Sequence[UsageEntry], *, batch_id: str, sender: ServiceToken
) -> UsageReportReceipt:
    """Count the batch, or return the first answer if it was counted before.

    An impossible day refuses only its own entry; otherwise a gateway would resend the whole batch
    for ever. Raises WrongState for another batch with a known id.
    """
    now = timezone.now()
    # Batch ids are stored, so a key used as one would be kept in plain text.
    if redacted(batch_id) != batch_id:
        raise Invalid({"batch": _("Don't use a key as a batch ID: batch IDs are stored.")})
    batch, is_new = _received(entries, batch_id, sender, now)
    if batch.answer:
        return cast(UsageReportReceipt, batch.answer)
    dated = _dated(entries, batch.received_at)
    refused = list(_refused(dated, batch.received_at))
    places = _places(dated)
    left_out = {each["entry"] for each in refused}
    counted = [
        (place, entry)
        for number, (place, entry) in enumerate(zip(places, dated, strict=True))
        if place and number not in left_out
    ]
    if is_new:
        _add(counted)
    unknown = [n for n, place in enumerate(places) if place is None and n not in left_out]
    batch.answer = {"counted": len(counted), "unknown": unknown, "refused": refused}
    batch.save(update_fields=["answer"])
    return cast(UsageReportReceipt, batch.answer)


def _dated(entries: Iterable[UsageEntry], received_at: datetime) -> list[UsageEntry]:
    today = received_at.astimezone(UTC).date()
    return [replace(entry, day=entry.day or today) for entry in entries]


def _refused(entries: Iterable[UsageEntry], received_at: datetime) -> Iterator[RefusedEntry]:
    oldest = received_at.date() - MAX_AGE
    newest = (received_at + timedelta(minutes=5)).date()  # a gateway's clock may be ahead of ours
    for number, entry in enumerate(entries):
        assert entry.day  # dated
        if entry.day < oldest:
            detail = _("This day is too long ago. Report usage within 31 days, by UTC day.")
            yield {"entry": number, "reason": "too-old", "detail": detail}
        elif entry.day > newest:
            detail = _("This day is in the future. Report usage by UTC day.")
            yield {"entry": number, "reason": "to-come", "detail": detail}


def _places(entries: Iterable[UsageEntry]) -> list[UsageCell | None]:
    """Return the usage row of each entry, or None if its key or model is unknown."""
    named = Key.objects.filter(public_id__in={entry.key for entry in entries})
    keys = dict(named.values_list("public_id", "pk"))
    called = AIModel.objects.filter(identifier__in={entry.model for entry in entries})
    ai_models = dict(called.values_list("identifier", "pk"))
    return [
        (keys[entry.key], ai_models[entry.model], entry.day)
        if entry.day and entry.key in keys and entry.model in ai_models
        else None
        for entry in entries
    ]


def _received(
    entries: Sequence[UsageEntry], batch_id: str, sender: ServiceToken, now: datetime
) -> tuple[UsageBatch, bool]:
    """Return the batch and whether it is new; a concurrent duplicate waits here for the first."""
    batch, is_new = UsageBatch.objects.get_or_create(
        sender=sender,
        batch_id=batch_id,
        defaults={"received_at": now, "digest": _digest(_dated(entries, now))},
    )
    # Dated by the first arrival: the same batch sent again after midnight is still the same.
    if bytes(batch.digest) != _digest(_dated(entries, batch.received_at)):
        raise WrongState(
            _(
                "A different batch with this ID has already been counted. Use a new ID for "
                "each batch."
            )
        )
    return batch, is_new


def _digest(entries: Iterable[UsageEntry]) -> bytes:
    content = json.dumps([asdict(entry) for entry in entries], default=str).encode()
    return hashlib.sha256(content).digest()


def _add(entries: Iterable[tuple[UsageCell, UsageEntry]]) -> None:
    """Add up the entries per row, in the order of the unique columns."""
    sums: dict[UsageCell, list[int]] = defaultdict(lambda: [0, 0, 0])
    for place, entry in entries:
        for column, amount in enumerate((entry.input_tokens, entry.output_tokens, entry.cost)):
            sums[place][column] += amount
    caps = _unspent(key for key, _model, _day in sums)
    # Sorted as in gateway/usage_counter.py: two writers that lock rows in one order can't
    # deadlock.
    for (key, ai_model, day), (taken, given, cost) in sorted(sums.items()):
        usage, _made = Usage.objects.get_or_create(key_id=key, ai_model_id=ai_model, day=day)
        Usage.objects.filter(pk=usage.pk).update(
            input_tokens=_plus("input_tokens", taken),
            output_tokens=_plus("output_tokens", given),
            cost=_plus("cost", cost),
        )
    for grant in caps:
        external_keys.refresh(grant, now=timezone.now())


def _unspent(keys: Iterable[int]) -> list[Grant]:
    """Lock and return the grants with unused budget that this report takes from.

    Other gateways have to learn what is left. Of two concurrent reports the second sees the first.
    """
    grants = Key.objects.filter(pk__in=set(keys)).values("grant")
    capped = Grant.objects.filter(pk__in=grants, spend_cap__isnull=False).order_by("pk")
    return [grant for grant in capped.select_for_update(no_key=True) if not grant.is_spent]


def _plus(column: str, amount: int) -> CombinedExpression:
    """Add `amount` to a column; a full column stays full, since an overflow would be an error."""
    amount = min(amount, models.BigIntegerField.MAX_BIGINT)
    return Least(F(column), models.BigIntegerField.MAX_BIGINT - amount) + amount
