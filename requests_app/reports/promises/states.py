"""The states of a promise."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db.models import QuerySet, TextChoices
from django.utils.translation import gettext_lazy as _

from lifecycle.catalogue.models import Promise

About = tuple[str, int | None]
Models = set[int] | QuerySet[Promise, Any]
MAX_LISTED = 100


class PromiseState(TextChoices):
    """What became of a promise so far."""

    KEPT = "kept", _("Kept")
    DUE = "due", _("Due")
    OVERDUE = "overdue", _("Overdue")
    BROKEN = "broken", _("Broken")
    ENDED = "ended", _("Ended")
    STANDING = "standing", _("Standing, kept so far")
    UNKNOWN = "unknown", _("Not known")


class Computed(NamedTuple):
    """A state that follows from records; `since` is a day as precisely as known, or empty.

    `record` names what it follows from. What `is_owed` may have been done elsewhere: that
    somebody noted so counts more.
    """

    state: PromiseState
    since: str = ""
    record: str = ""
    is_owed: bool = False


class PromiseFacts(NamedTuple):
    """What decides the state of a promise: its columns, and when its model is withdrawn.

    Plain values, since instances of all promises and models take longer than everything else.
    """

    pk: int
    kind: str
    access_kind: str
    ai_model_id: int | None
    provider_id: int | None
    due_on: date | None
    kept_on: date | None
    broken_on: date | None
    ended_on: date | None
    owner_id: int | None
    escalate_to_id: int | None
    withdrawn_at: datetime | None


def about_of(promise: PromiseFacts | Promise) -> About:
    if promise.ai_model_id:
        return "model", promise.ai_model_id
    return "provider", promise.provider_id


def models_of(promises: Iterable[PromiseFacts | Promise]) -> Models:
    """Return the models that promises are about, for a filter; perhaps some more.

    Many are named by a subquery: each of a thousand numbers in a query costs more than a row.
    """
    listed = list(promises)
    ids = {row.ai_model_id for row in listed if row.ai_model_id}
    if len(ids) <= MAX_LISTED:
        return ids
    kinds = {row.kind for row in listed}
    return Promise.objects.filter(kind__in=kinds).order_by().values("ai_model")
