"""Reconciliation at full size: 1,514 people with 503 models each, and a list with 1 % differences.

`python -m bench.reconcile` fills a database of its own, compares, and says what that took.
"""

import os
import resource
import sys
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lifecycle.config.settings")

PEOPLE, MODELS = 1_514, 503
EVERY = 300  # one key in 300 is missing, one changed, and one more is there: 1 % in all
STEP = 500_009  # a prime: a gateway's list is in no order of ours
MAX_SECONDS, MAX_MEMORY = 60, 1024**3
TOTAL = PEOPLE * MODELS
REFERENCE = "'key_' || lpad(to_hex({}), 16, '0')"
ENDS_AT = datetime(2100, 1, 1, tzinfo=UTC)


class FakeIssuer:
    """A gateway with every key but some, some that are changed, and some that nobody knows."""

    name = "bench"

    def __init__(self) -> None:
        names = {f"model-{number}": f"there-{number}" for number in range(MODELS)}
        self.models: Mapping[str, str] = names

    def create(self, reference: str, secret: str, terms: Any) -> None:
        raise NotImplementedError("It is only listed.")

    update: Any = create
    delete: Any = create
    find: Any = create

    def every(self) -> Iterator[Any]:
        for place in range(TOTAL):
            number = place * STEP % TOTAL
            if number % EVERY:
                yield listed(number, number % MODELS + (number % EVERY == 1))
            else:
                yield listed(TOTAL + number, 0)


def listed(number: int, model: int) -> Any:
    from requests_app.issuers import ListedKey

    names = (f"there-{model}",)
    public_id, digest = f"key_{number:016x}", f"{number:064x}"
    return ListedKey(public_id, digest, names, ENDS_AT, None, None, False, True)


def fill() -> None:
    """One row of each kind as the actions would make it, then as many as are needed in SQL."""
    from django.db import connection

    templates = one_of_each()
    with connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE requests_app_grantedmodel"
            " DROP CONSTRAINT live_grants_of_a_person_and_model_do_not_overlap"
        )
        for row, replaced in templates:
            multiply(cursor, row, replaced)
        cursor.execute("ANALYZE")


def one_of_each() -> list[tuple[Any, dict[str, str]]]:
    """Rows to multiply; `n` counts from 0 and is in each id."""
    from requests_app.models import ExternalKey, Grant, GrantedModel, Key

    access_request, models = surroundings()
    begun, first_model = datetime.now(UTC) - timedelta(days=1), models[0]
    grant = Grant(
        access_request=access_request,
        holder=access_request.requester,
        state="active",
        duration=ENDS_AT - begun,
        created_at=begun,
        starts_at=begun,
        activated_at=begun,
        claim_by=ENDS_AT,
        ends_at=ENDS_AT,
    )
    key = Key(
        holder=grant.holder,
        state="active",
        digest=b"",
        pepper=1,
        last_four="0000",
        created_at=begun,
        expires_at=ENDS_AT,
    )
    scope = GrantedModel(holder=grant.holder, ai_model=first_model, period=(begun, ENDS_AT))
    issued = ExternalKey(issuer="bench", state="present", created_at=begun, confirmed_at=begun)
    model = f"{first_model.pk} + n %% {MODELS}"
    holder = {"holder_id": f"{grant.holder_id} + n / {MODELS}"}
    ids = {"id": "n + 1", "public_id": REFERENCE.format("n"), "grant_id": "n + 1"}
    return [
        (grant, {**holder, "id": "n + 1", "public_id": "'grant_' || n"}),
        (scope, {**holder, "id": "n + 1", "grant_id": "n + 1", "ai_model_id": model}),
        (key, {**holder, **ids, "digest": "sha256(n::text::bytea)"}),
        (issued, {"id": "n + 1", "key_id": "n + 1", "reference": REFERENCE.format("n")}),
    ]


def surroundings() -> tuple[Any, list[Any]]:
    from django.contrib.auth.models import Group

    from lifecycle.catalogue.models import AIModel, Provider
    from lifecycle.people.models import User
    from requests_app.models import AccessRequest, Policy, PolicyVersion

    people = User.objects.bulk_create(
        User(email=f"person-{number}@example.org") for number in range(PEOPLE)
    )
    provider = Provider.objects.create(slug="bench", name="Bench")
    models = AIModel.objects.bulk_create(
        AIModel(identifier=f"model-{number}", name=f"Model {number}", provider=provider)
        for number in range(MODELS)
    )
    owners = Group.objects.create(name="Owners")
    policy = Policy.objects.create(slug="bench", name="Bench", owners=owners)
    version = PolicyVersion.objects.create(policy=policy, number=1, author=people[0])
    now = datetime.now(UTC)
    access_request = AccessRequest.objects.create(
        requester=people[0], policy_version=version, created_at=now
    )
    return access_request, models


def multiply(cursor: Any, row: Any, replaced: dict[str, str]) -> None:
    """Insert `row` once for each key; `replaced` has SQL for columns that differ."""
    from django.db import connection

    fields = list(row._meta.concrete_fields)

    columns = [field.column for field in fields]
    values = [replaced.get(field.column, "%s") for field in fields]
    parameters = [
        field.get_db_prep_save(field.pre_save(row, add=True), connection)
        for field in fields
        if field.column not in replaced
    ]
    names = ", ".join(f'"{column}"' for column in columns)
    cursor.execute(
        f'INSERT INTO "{row._meta.db_table}" ({names})'  # noqa: S608 - names of our own columns
        f" SELECT {', '.join(values)} FROM generate_series(0, {TOTAL - 1}) AS n",
        parameters,
    )
    cursor.execute(
        "SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [row._meta.db_table, TOTAL]
    )


def compare() -> bool:
    """Say how long it took, and whether that and what was found is as it should be."""
    from requests_app.actions.keys import reconciliation

    started = time.monotonic()
    report = reconciliation.reconcile(FakeIssuer(), now=datetime.now(UTC))
    seconds = time.monotonic() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    run = report.run
    print(
        f"reconcile: {run.expected:,} keys against {run.listed:,} listed:"
        f" {run.missing:,} missing, {run.extra:,} extra, {run.changed:,} changed,"
        f" found and queued in {seconds:.1f} s, at most {peak / 1024**2:.0f} MiB."
    )
    zeros, ones = (len(range(first, TOTAL, EVERY)) for first in (0, 1))
    right = (run.missing, run.extra, run.changed) == (zeros, zeros, ones)
    return right and queued() == zeros * 2 + ones and seconds < MAX_SECONDS and peak < MAX_MEMORY


def queued() -> int:
    from requests_app.models import ExternalKey

    return ExternalKey.objects.filter(next_try_at__isnull=False).count()


def main() -> int:
    """0 when it is right and fast enough."""
    import django

    from lifecycle.config import env

    env.ensure_services()
    django.setup()
    from django.db import connection

    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        fill()
        return 0 if compare() else 1
    finally:
        connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)


if __name__ == "__main__":
    sys.exit(main())
