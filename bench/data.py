"""The rows that are measured: a grant with a key, one with a limit, and as many more keys."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import connection

from lifecycle.catalogue.models import AccessRoute, AIModel, Provider, Retirement
from lifecycle.people.models import User
from requests_app import key_format
from requests_app.actions import policies
from requests_app.actions.keys import keys
from requests_app.actions.requests import requests
from requests_app.actions.requests.requests import RequestInput
from requests_app.actions.review import votes
from requests_app.models import Grant, GrantedModel, Key

MODEL = "claude-3-opus-20240229"
HOLDERS = 50_000
PLENTY = 100_000_000

EVERYBODY = f"generate_series(1, {HOLDERS}) AS n"
SHOWN = "unnest(%(digests)s::bytea[]) WITH ORDINALITY AS shown (digest, n)"
CLONE = """
INSERT INTO {table} ({columns}) SELECT {values}
FROM {table} AS row, {series} WHERE row.id = %(id)s
"""


@dataclass(frozen=True)
class Keys:
    """What is shown at the check."""

    free: str
    limited: str


def make() -> Keys:
    """Two grants as the actions make them, the second with a limit."""
    call_command("migrate", verbosity=0)
    opus, rita = _policy()
    free = _key("alice", opus, rita)
    limited = _key("bob", opus, rita)
    Grant.objects.filter(holder__email="bob@example.org").update(requests_per_minute=PLENTY)
    _analyze()
    return Keys(free, limited)


def fill(number: int) -> list[str]:
    """`number` more keys of 50,000 people; one of each in full, for cold look-ups."""
    secrets = [key_format.new() for _ in range(min(number, HOLDERS))]
    digests = [key_format.newest_digest(secret, settings.KEY_PEPPERS)[1] for secret in secrets]
    grant = Grant.objects.get(holder__email="alice@example.org")
    ours = {"id": "1000000 + n", "holder_id": "1000000 + n"}
    clone(User, grant.holder_id, {"id": "1000000 + n", "email": "'holder' || n || '@example.org'"})
    clone(Grant, grant.pk, {**ours, "public_id": "'grant_' || lpad(n::text, 16, '0')"})
    clone(GrantedModel, grant.granted_models.get().pk, {**ours, "grant_id": "1000000 + n"})
    clone(Key, grant.keys.get().pk, key("shown.digest", "active"), SHOWN, digests=digests)
    for first in range(HOLDERS + 1, number + 1, HOLDERS):
        series = f"generate_series({first}, {min(first + HOLDERS - 1, number)}) AS n"
        clone(Key, grant.keys.get().pk, key("sha256(n::text::bytea)", "retiring"), series)
    _analyze()
    return secrets


def key(digest: str, state: str) -> dict[str, str]:
    """A person has one active key under a grant; the others are in their overlap."""
    holder = f"1000001 + mod(n, {HOLDERS})"
    return {
        "id": "1000000 + n",
        "public_id": "'key_' || lpad(n::text, 16, '0')",
        "state": f"'{state}'",
        "grant_id": holder,
        "holder_id": holder,
        "digest": digest,
    }


def clone(
    model: Any,
    template: int,
    changes: dict[str, str],
    series: str = EVERYBODY,
    **more: list[bytes],
) -> None:
    """Copies of one row with some columns changed, which are SQL."""
    columns = [field.column for field in model._meta.concrete_fields]
    sql = CLONE.format(
        table=model._meta.db_table,
        columns=", ".join(f'"{column}"' for column in columns),
        values=", ".join(changes.get(column, f'row."{column}"') for column in columns),
        series=series,
    )
    with connection.cursor() as cursor:
        # Copies of what is right are right: no trigger has to look at each of a million.
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(sql, {"id": template, **more})
        cursor.execute("SET session_replication_role = origin")


def _analyze() -> None:
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _policy() -> tuple[AIModel, User]:
    reviewers, owners = (Group.objects.create(name=name) for name in ("Reviewers", "Owners"))
    rita, pat, lee = (person(name, staff=True) for name in ("rita", "pat", "lee"))
    reviewers.user_set.add(rita)
    owners.user_set.add(pat, lee)
    provider = Provider.objects.create(slug="anthropic", name="Anthropic")
    opus = AIModel.objects.create(identifier=MODEL, provider=provider, name="Claude Opus 3")
    day = datetime(2026, 1, 5, tzinfo=UTC).date()
    Retirement.objects.create(ai_model=opus, platform="Claude API", retires=day, precision="day")
    AccessRoute.objects.create(ai_model=opus, kind=AccessRoute.Kind.REQUEST)
    policy = policies.create("opus", by=pat, name="Opus 3", owners=owners, ai_models=[opus])
    text = policies.VersionInput(
        "Use it for research.", [policies.StepInput("Research review", reviewers)]
    )
    policies.publish(policies.draft(policy, text, by=pat), by=lee)
    return opus, rita


def _key(name: str, opus: AIModel, rita: User) -> str:
    today = datetime.now(UTC).date()
    ask = RequestInput(
        (opus.identifier,),
        "Measure the check.",
        today,
        today + timedelta(days=30),
        organisation="Bench",
        team="One program.",
        attests=True,
        accepted_terms="opus/1",
    )
    holder = person(name)
    access_request = requests.submit(requests.save(ask, by=holder), by=holder)
    stage = access_request.stages.get()
    votes.approve(stage, by=rita, reason="Yes.", shown=stage.revision.digest())
    return keys.claim(access_request.grants.get(), by=holder).secret


def person(name: str, *, staff: bool = False) -> User:
    return User.objects.create_user(f"{name}@example.org", full_name=name.title(), is_staff=staff)
