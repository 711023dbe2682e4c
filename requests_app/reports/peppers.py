"""Which peppers are still needed: the number of live keys and tokens under each."""

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning
from django.db import connections
from django.db.models import Count, QuerySet
from django.utils import timezone

from requests_app.models import Key, ServiceToken
from requests_app.states import KEY


def live(using: str = "default") -> dict[str, Counter[int]]:
    """Return the numbers of valid keys and tokens by pepper version."""
    now = timezone.now()
    keys = Key.objects.filter(state__in=KEY.live, expires_at__gt=now, refused_from=None)
    tokens = ServiceToken.objects.filter(revoked_at=None, expires_at__gt=now)
    return {"keys": _by_pepper(keys.using(using)), "tokens": _by_pepper(tokens.using(using))}


def _by_pepper(rows: QuerySet[Any]) -> Counter[int]:
    counts = rows.order_by().values_list("pepper").annotate(Count("pk"))
    return Counter(dict(counts))


def check_none_is_missing(
    app_configs: Sequence[Any] | None, databases: Collection[str] | None = None, **more: Any
) -> list[CheckMessage]:
    """A system check: keys under a pepper missing from KEY_PEPPERS have stopped working.

    It runs with `check --database default`, and before each `migrate`.
    """
    return [
        message
        for alias in databases or ()
        if _has_tables(alias)
        for kind, counts in live(alias).items()
        for message in _warnings(kind, counts)
    ]


def _has_tables(alias: str) -> bool:
    tables = connections[alias].introspection.table_names()
    return {Key._meta.db_table, ServiceToken._meta.db_table} <= set(tables)


def _warnings(kind: str, counts: Counter[int]) -> list[CheckMessage]:
    return [
        Warning(
            f"KEY_PEPPERS lacks version {version}, so {count} active {kind} don't work.",
            hint="Put it back until none is left. `manage.py peppers` counts them.",
            id="emeritus.W001",
        )
        for version, count in sorted(counts.items())
        if version not in settings.KEY_PEPPERS
    ]
