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
from requests_app.actions import keys, policies, requests, reviews
from requests_app.actions.requests import Ask
from requests_app.gateway import key_format
from requests_app.models import Grant, GrantedModel, Key

MODEL = "claude-3-opus-20240229"
HOLDERS, FIRST_ID, COLD = 10_000, 1_000_000, 50_000
PLENTY = 100_000_000

CLONE = """
INSERT INTO {table} SELECT (jsonb_populate_record(row, {changes})).*
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
    """`number` more keys of 10,000 holders; some of them in full, for cold look-ups."""
    secrets = [key_format.new() for _ in range(COLD)]
    pepper, _ = key_format.newest_digest(secrets[0], settings.KEY_PEPPERS)
    digests = [key_format.newest_digest(secret, settings.KEY_PEPPERS)[1] for secret in secrets]
    grant = Grant.objects.get(holder__email="alice@example.org")
    id_ = f"{FIRST_ID} + n"
    people = f"'id', {id_}, 'email', 'holder' || n || '@example.org'"
    grants = f"'id', {id_}, 'holder_id', {id_}, 'public_id', 'grant_' || lpad(n::text, 16, '0')"
    models = f"'id', {id_}, 'holder_id', {id_}, 'grant_id', {id_}"
    owner = f"{FIRST_ID} + 1 + mod(n, {HOLDERS})"
    hidden = "COALESCE((%(digests)s::bytea[])[n], sha256(n::text::bytea))"
    held = (
        f"'id', {id_}, 'public_id', 'key_' || lpad(n::text, 16, '0'), 'grant_id', {owner},"
        f"'holder_id', {owner}, 'digest', '\\x' || encode({hidden}, 'hex')"
    )
    _clone(User, grant.holder_id, people, HOLDERS)
    _clone(Grant, grant.pk, grants, HOLDERS)
    _clone(GrantedModel, grant.granted_models.get().pk, models, HOLDERS)
    for start in range(0, number, COLD):
        some = digests if start == 0 else []
        _clone(Key, grant.keys.get().pk, held, min(start + COLD, number), start + 1, digests=some)
    _analyze()
    return secrets[:number]


def _clone(
    model: Any, template: int, changes: str, last: int, first: int = 1, **more: list[bytes]
) -> None:
    series = f"generate_series({first}, {last}) AS n"
    changes = f"jsonb_build_object({changes})"
    sql = CLONE.format(table=model._meta.db_table, changes=changes, series=series)
    with connection.cursor() as cursor:
        cursor.execute(sql, {"id": template, **more})


def _analyze() -> None:
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _policy() -> tuple[AIModel, User]:
    reviewers, owners = (Group.objects.create(name=name) for name in ("Reviewers", "Owners"))
    rita, pat, lee = (_person(name, staff=True) for name in ("rita", "pat", "lee"))
    reviewers.user_set.add(rita)
    owners.user_set.add(pat, lee)
    provider = Provider.objects.create(slug="anthropic", name="Anthropic")
    opus = AIModel.objects.create(identifier=MODEL, provider=provider, name="Claude Opus 3")
    day = datetime(2026, 1, 5, tzinfo=UTC).date()
    Retirement.objects.create(ai_model=opus, platform="Claude API", retires=day, precision="day")
    AccessRoute.objects.create(ai_model=opus, kind=AccessRoute.Kind.REQUEST)
    policy = policies.create("opus", by=pat, name="Opus 3", owners=owners, ai_models=[opus])
    text = policies.Text("Use it for research.", [policies.Step("Research review", reviewers)])
    policies.publish(policies.draft(policy, text, by=pat), by=lee)
    return opus, rita


def _key(name: str, opus: AIModel, rita: User) -> str:
    today = datetime.now(UTC).date()
    ask = Ask((opus.identifier,), "Measure the check.", today, today + timedelta(days=30))
    person = _person(name)
    access_request = requests.submit(requests.save(ask, by=person), by=person)
    stage = access_request.stages.get()
    reviews.approve(stage, by=rita, reason="Yes.", shown=stage.revision.digest())
    return keys.claim(access_request.grants.get(), by=person).secret


def _person(name: str, *, staff: bool = False) -> User:
    return User.objects.create_user(f"{name}@example.org", full_name=name.title(), is_staff=staff)
