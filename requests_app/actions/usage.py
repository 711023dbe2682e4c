"""Use that gateways report: tokens and cost, counted once for each batch."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from lifecycle.catalogue.models import AIModel
from lifecycle.config.logs import redacted
from requests_app.models import Key, ServiceToken, Usage, UsageBatch
from requests_app.refusals import Invalid, WrongState

MOST = 1_000
OLDEST = timedelta(days=31)

Place = tuple[int, int, date]


@dataclass(frozen=True)
class Entry:
    """What one key took of one model on one UTC day; `cost` is in millionths of a USD."""

    key: str
    model: str
    day: date
    input_tokens: int
    output_tokens: int
    cost: int


@dataclass(frozen=True)
class Receipt:
    """How many entries were counted, and the places (from 0) of those that name nothing of ours."""

    counted: int
    unknown: Sequence[int]


@transaction.atomic
def report(entries: Sequence[Entry], *, batch_id: str, sender: ServiceToken) -> Receipt:
    """Add to what was used. The same batch again changes nothing and gets the same answer.

    Raises Invalid for days that can't be, and WrongState for another batch under a known id.
    """
    now = timezone.now()
    if redacted(batch_id) != batch_id:
        raise Invalid({"batch": _("A key is no name for a batch, since names are kept.")})
    _check_days(entries, now)
    places = _places(entries)
    if _is_new(entries, batch_id, sender, now):
        _add(zip(places, entries, strict=True))
    unknown = [number for number, place in enumerate(places) if place is None]
    return Receipt(len(entries) - len(unknown), unknown)


def _check_days(entries: Iterable[Entry], now: datetime) -> None:
    for number, entry in enumerate(entries):
        # A gateway's clock may be ahead of ours at midnight.
        if not now.date() - OLDEST <= entry.day <= (now + timedelta(minutes=5)).date():
            sentence = _("Report use within 31 days, by its day in UTC, and none of days to come.")
            raise Invalid({f"entries.{number}.day": sentence})


def _places(entries: Sequence[Entry]) -> list[Place | None]:
    """The row that each counts to, or None when its key or model isn't known."""
    named = Key.objects.filter(public_id__in={entry.key for entry in entries})
    keys = dict(named.values_list("public_id", "pk"))
    called = AIModel.objects.filter(identifier__in={entry.model for entry in entries})
    ai_models = dict(called.values_list("identifier", "pk"))
    return [
        (keys[entry.key], ai_models[entry.model], entry.day)
        if entry.key in keys and entry.model in ai_models
        else None
        for entry in entries
    ]


def _is_new(entries: Sequence[Entry], batch_id: str, sender: ServiceToken, now: datetime) -> bool:
    """Whoever sends the same batch at the same moment waits here for the first."""
    said = json.dumps([asdict(entry) for entry in entries], default=str).encode()
    digest = hashlib.sha256(said).digest()
    batch, is_new = UsageBatch.objects.get_or_create(
        sender=sender, batch_id=batch_id, defaults={"received_at": now, "digest": digest}
    )
    if bytes(batch.digest) != digest:
        raise WrongState(
            _(
                "A batch with this id was counted before, and said something else. "
                "Give each a new id."
            )
        )
    return is_new


def _add(entries: Iterable[tuple[Place | None, Entry]]) -> None:
    """In the order of the unique columns, as the gateway does: see gateway/counting.py."""
    sums: dict[Place, list[int]] = defaultdict(lambda: [0, 0, 0])
    for place, entry in entries:
        if place:
            for column, amount in enumerate((entry.input_tokens, entry.output_tokens, entry.cost)):
                sums[place][column] += amount
    for (key, ai_model, day), (taken, given, cost) in sorted(sums.items()):
        usage, _made = Usage.objects.get_or_create(key_id=key, ai_model_id=ai_model, day=day)
        Usage.objects.filter(pk=usage.pk).update(
            input_tokens=F("input_tokens") + taken,
            output_tokens=F("output_tokens") + given,
            cost=F("cost") + cost,
        )
