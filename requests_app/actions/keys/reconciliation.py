"""Compare a gateway's list of keys with ours and queue the differences for the sweeps.

The list is copied page by page into a temporary table and compared in the database, so half a
million keys take seconds and hardly any memory. Nothing is corrected directly: keys that seem
missing or changed are verified once more, since a list read in pages never shows one moment.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from requests_app import issuers
from requests_app.issuers import Issuer, ListedKey
from requests_app.issuers.base import CLOCK_TOLERANCE
from requests_app.models import ExternalKey, ExternalKeyState, Reconciliation

BATCH_SIZE = 10_000
MAX_EXAMPLES = 20
KINDS = ("missing", "extra", "changed", "unconfirmed")

TABLES = """
DROP TABLE IF EXISTS pg_temp.listed, pg_temp.found;
CREATE TEMP TABLE listed (
    reference text, is_ours boolean, is_blocked boolean, models text[], ends_at timestamptz,
    budget double precision, requests_per_minute bigint, spent numeric
);
CREATE TEMP TABLE found (kind text, issued_id bigint, reference text);
"""
ROOM = "SET LOCAL work_mem = '64MB'; SET LOCAL jit = off"  # sorts in memory, not on disk
COPY = "COPY listed FROM STDIN"

# The same rule as `issuer_terms` and `ListedKey.differs`, for all keys at once; tests compare them.
COMPARE = """
INSERT INTO found
WITH names AS (
    SELECT here, there COLLATE "C" AS there  -- sorted as Python sorts
    FROM unnest(%(here)s::text[], %(there)s::text[]) AS names (here, there)
), scopes AS (
    SELECT scope.grant_id, array_agg(DISTINCT there ORDER BY there) AS models
    FROM requests_app_grantedmodel AS scope
    JOIN catalogue_aimodel AS model ON model.id = scope.ai_model_id
    JOIN names ON names.here = model.identifier
    WHERE scope.is_live AND (model.withdrawn_at IS NULL OR model.withdrawn_at > %(now)s)
    GROUP BY scope.grant_id
), used AS (
    SELECT key.grant_id, sum(usage.cost) AS cost  -- numeric: full rows add up beyond a bigint
    FROM requests_app_usage AS usage
    JOIN requests_app_key AS key ON key.id = usage.key_id
    JOIN requests_app_grant AS access ON access.id = key.grant_id
    WHERE access.spend_cap IS NOT NULL
      AND access.id IN (
          SELECT there.grant_id FROM requests_app_externalkey AS issued
          JOIN requests_app_key AS there ON there.id = issued.key_id
          WHERE issued.issuer = %(issuer)s AND issued.state = 'present')
    GROUP BY key.grant_id
), expected AS (
    SELECT issued.id, issued.reference, issued.confirmed_at, key.expires_at,
           key.state IN ('active', 'retiring') AS is_live,
           NOT (access.state = 'active' AND access.activated_at <= %(now)s
                AND holder.is_active AND grantee.is_active
                AND scopes.models IS NOT NULL
                AND (access.spend_cap IS NULL
                     OR coalesce(used.cost, 0) < access.spend_cap * 1000000::bigint)) AS is_blocked,
           CASE WHEN coalesce(used.cost, 0) < access.spend_cap * 1000000::bigint
                THEN access.spend_cap * 1000000::bigint - coalesce(used.cost, 0)
           END AS rest, (
               SELECT coalesce(sum(own.cost), 0) FROM requests_app_usage AS own
               WHERE own.key_id = key.id
           ) AS own, access.requests_per_minute, scopes.models
    FROM requests_app_externalkey AS issued
    JOIN requests_app_key AS key ON key.id = issued.key_id
    JOIN requests_app_grant AS access ON access.id = key.grant_id
    JOIN people_user AS holder ON holder.id = key.holder_id
    JOIN people_user AS grantee ON grantee.id = access.holder_id
    LEFT JOIN scopes ON scopes.grant_id = access.id
    LEFT JOIN used ON used.grant_id = access.id
    WHERE issued.issuer = %(issuer)s AND issued.state = 'present'
)
SELECT CASE WHEN NOT expected.is_live THEN 'extra'
            WHEN listed.reference IS NULL THEN 'missing' ELSE 'changed' END,
       expected.id, expected.reference
FROM expected LEFT JOIN listed ON listed.reference = expected.reference
WHERE NOT expected.is_live
   OR listed.reference IS NULL AND expected.confirmed_at < %(now)s
   OR listed.reference IS NOT NULL AND (
       listed.models <> expected.models COLLATE "C"
       OR listed.is_blocked <> expected.is_blocked
       OR listed.ends_at IS NULL
       OR abs(extract(epoch FROM listed.ends_at - expected.expires_at)) > %(apart)s
       OR expected.rest IS NOT NULL AND listed.budget IS DISTINCT FROM
          (expected.rest + least(expected.own, round(listed.spent * 1000000)))::double precision
          / 1000000
       OR expected.requests_per_minute IS NOT NULL
          AND listed.requests_per_minute IS DISTINCT FROM expected.requests_per_minute)
UNION ALL
SELECT DISTINCT 'extra', issued.id, listed.reference
FROM listed
LEFT JOIN requests_app_externalkey AS issued
    ON issued.issuer = %(issuer)s AND issued.reference = listed.reference
WHERE listed.is_ours AND (issued.id IS NULL OR issued.state = 'gone')
UNION ALL
SELECT 'unconfirmed', issued.id, issued.reference
FROM requests_app_externalkey AS issued
WHERE issued.issuer = %(issuer)s AND issued.state = 'creating' AND issued.next_try_at <= %(now)s
"""

LOOK_AGAIN = """
UPDATE requests_app_externalkey AS issued SET next_try_at = %(now)s, tries = 0
FROM found
WHERE found.kind IN ('missing', 'changed') AND issued.id = found.issued_id
  AND issued.state = 'present'
"""
DELETE_AGAIN = """
UPDATE requests_app_externalkey AS issued
SET state = 'deleting', next_try_at = %(now)s, tries = 0, stuck_at = NULL, gone_at = NULL
FROM found
WHERE found.kind = 'extra' AND issued.id = found.issued_id AND issued.state IN ('present', 'gone')
"""
DELETE_UNKNOWN = """
INSERT INTO requests_app_externalkey
    (issuer, reference, state, created_at, confirmed_at, next_try_at, tries, problem)
SELECT %(issuer)s, found.reference, 'deleting', %(now)s, %(now)s, %(now)s, 0, ''
FROM found WHERE found.kind = 'extra' AND found.issued_id IS NULL
ON CONFLICT (issuer, reference) DO NOTHING
"""


@dataclass(frozen=True)
class ReconciliationReport:
    """The counts of each kind of difference, with up to MAX_EXAMPLES references."""

    run: Reconciliation
    examples: dict[str, list[str]]

    @property
    def differences(self) -> int:
        return sum(getattr(self.run, kind) for kind in KINDS)


def reconcile(issuer: Issuer, *, now: datetime, dry_run: bool = False) -> ReconciliationReport:
    """Compare the issuer's list and queue differences. Raises IssuerError before any is queued."""
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        listed = _take_in(cursor, issuer.every())
        # Autovacuum never sees temporary tables, so the planner would guess their size.
        cursor.execute("ANALYZE listed")
        values: dict[str, Any] = {
            "issuer": issuer.name,
            "now": now,
            "apart": CLOCK_TOLERANCE.total_seconds(),
            "here": list(issuer.models),
            "there": list(issuer.models.values()),
        }
        with transaction.atomic():
            cursor.execute(ROOM)
            cursor.execute(COMPARE, values)
        report = _report(cursor, issuer.name, listed, now)
        if not dry_run:
            _queue(cursor, report, values)
        cursor.execute("DROP TABLE listed, found")
    return report


def reconcile_named(name: str, *, now: datetime) -> int:
    """Reconcile the issuer of this name; return how many differences were found."""
    return reconcile(issuers.get_issuer(name), now=now).differences


@transaction.atomic
def _queue(cursor: Any, report: ReconciliationReport, values: dict[str, Any]) -> None:
    for sql in (LOOK_AGAIN, DELETE_AGAIN, DELETE_UNKNOWN):
        cursor.execute(sql, values)
    report.run.save(force_insert=True)


def _take_in(cursor: Any, keys: Iterable[ListedKey]) -> int:
    """Copy the list in batches, so that a slow gateway never holds a transaction open."""
    rest, taken = iter(keys), 0
    while rows := list(islice(_rows(rest), BATCH_SIZE)):
        with cursor.copy(COPY) as copy:
            for row in rows:
                copy.write_row(row)
        taken += len(rows)
    return taken


def _rows(keys: Iterator[ListedKey]) -> Iterator[tuple[Any, ...]]:
    for key in keys:
        limits = (key.ends_at, key.budget, key.requests_per_minute, key.spent)
        yield (key.reference, key.is_ours, key.is_blocked, sorted(key.models), *limits)


def _report(cursor: Any, issuer: str, listed: int, now: datetime) -> ReconciliationReport:
    cursor.execute("SELECT kind, count(*) FROM found GROUP BY kind")
    counts = dict.fromkeys(KINDS, 0) | dict(cursor.fetchall())
    examples = {}
    for kind in KINDS:
        some = "SELECT reference FROM found WHERE kind = %s ORDER BY reference LIMIT %s"
        cursor.execute(some, [kind, MAX_EXAMPLES])
        examples[kind] = [reference for (reference,) in cursor.fetchall()]
    expected = ExternalKey.objects.filter(issuer=issuer, state=ExternalKeyState.PRESENT).count()
    run = Reconciliation(
        issuer=issuer,
        started_at=now,
        finished_at=max(now, timezone.now()),
        listed=listed,
        expected=expected,
        **counts,
    )
    return ReconciliationReport(run, examples)
