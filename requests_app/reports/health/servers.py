"""The servers that a site needs: PostgreSQL, Valkey, and its own addresses."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from typing import Any

import httpx
import redis
from django.conf import settings
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor

from lifecycle.config import env
from lifecycle.config.env_reader import Source
from lifecycle.scheduling.sweep_status import TOLERATED_SECONDS
from requests_app.reports.health.findings import Finding, ok, one_line, problem, warning

Check = Callable[[], Iterable[Finding]]
MIN_POSTGRES = 15
SECONDS = 3
MIGRATE = "Run `manage.py migrate`."
VALKEY_ADVICE = "Start Valkey, or correct REDIS_URL. Meanwhile no email is sent and no sweep runs."


# PostgreSQL -------------------------------------------------------------------------------------


def database_answers() -> bool:
    try:
        connection.ensure_connection()
    except Error:
        return False
    return True


def database() -> Iterator[Finding]:
    try:
        connection.ensure_connection()
    except Error as error:
        advice = "Start PostgreSQL, or correct DATABASE_URL. Meanwhile every page answers 503."
        yield problem("database", one_line(error), advice)
        return
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        major, minor = divmod(int(cursor.fetchone()[0]), 10_000)
    found = f"PostgreSQL {major}.{minor} answers."
    if major < MIN_POSTGRES:
        yield problem("database", found, f"Use PostgreSQL {MIN_POSTGRES} or later.")
    else:
        yield ok("database", found)


def pending(executor: MigrationExecutor | None = None) -> list[Any]:
    """Return the migrations that the database lacks."""
    executor = executor or MigrationExecutor(connection)
    return [each for each, _ in executor.migration_plan(executor.loader.graph.leaf_nodes())]


def has_all_tables() -> bool:
    try:
        return not pending()
    except Error:  # which is a finding about the migrations
        return False


def migrations() -> Iterator[Finding]:
    executor = MigrationExecutor(connection)
    if plan := pending(executor):
        names = ", ".join(f"{each.app_label}.{each.name}" for each in plan[:3])
        yield problem("migrations", f"{len(plan)} wait: {names}{' …' * (len(plan) > 3)}.", MIGRATE)
    else:
        yield ok("migrations", "All are applied.")
    loader = executor.loader
    ours = {app for app, _ in loader.disk_migrations}
    unknown = {key for key in loader.applied_migrations if key[0] in ours} - (
        set(loader.disk_migrations) | set(loader.replacements)
    )
    if unknown:
        found = f"The database has {len(unknown)} that this code doesn't have."
        yield warning("migrations", found, "Run the version of Emeritus that made them, or newer.")


def clock() -> Iterator[Finding]:
    before = time.time()
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())::float8")
        there = float(cursor.fetchone()[0])
    ahead = (before + time.time()) / 2 - there
    found = f"This machine's clock is {ahead:+.1f} s ahead of the database's."
    if abs(ahead) > TOLERATED_SECONDS:
        yield warning("clock", found, "Synchronise both, by NTP.")
    else:
        yield ok("clock", found)


# Valkey -----------------------------------------------------------------------------------------


def valkey_client() -> Any:
    limits = {"socket_timeout": SECONDS, "socket_connect_timeout": SECONDS}
    return redis.Redis.from_url(settings.REDIS_URL, **limits)


def valkey_answers() -> bool:
    try:
        with closing(valkey_client()) as client:
            return bool(client.ping())
    except (redis.RedisError, OSError):
        return False


def valkey() -> Iterator[Finding]:
    with closing(valkey_client()) as client:
        try:
            about = client.info("server")
        except (redis.RedisError, OSError) as error:
            yield problem("Valkey", one_line(error), VALKEY_ADVICE)
            return
        name = "Valkey" if "valkey_version" in about else "Redis"
        version = about.get("valkey_version", about["redis_version"])
        yield ok("Valkey", f"{name} {version} answers.")
        yield from _valkey_options(client)


def _valkey_options(client: Any) -> Iterator[Finding]:
    try:
        options = {**client.config_get("save", "appendonly", "maxmemory-policy")}
    except redis.ResponseError:  # as at some hosting providers
        found = "CONFIG GET is refused, so snapshots and eviction are unknown."
        yield warning("Valkey", found, "Make sure of: no snapshots, and noeviction.")
        return
    if options["save"] or options["appendonly"] != "no":
        advice = 'Start it with `--save "" --appendonly no`: see docs/gateway.md#limits.'
        yield warning(
            "Valkey", "It keeps snapshots; restoring an old one resets the usage counts.", advice
        )
    else:
        yield ok("Valkey", "It keeps no snapshots.")
    policy = options["maxmemory-policy"]
    if policy != "noeviction":
        found = f"Its maxmemory-policy is {policy}, which drops counts and tasks."
        yield warning("Valkey", found, "Set `--maxmemory-policy noeviction`.")
    else:
        yield ok("Valkey", "It evicts nothing.")


# Our own addresses ------------------------------------------------------------------------------


def site() -> Iterator[Finding]:
    yield from _asked("site", "SITE_URL", settings.SITE_URL, "/problems/")


def gateway() -> Iterator[Finding]:
    yield from _asked("gateway", "GATEWAY_URL", settings.GATEWAY_URL, "/gateway/health")


def _asked(about: str, variable: str, base: str, path: str) -> Iterator[Finding]:
    """Ask the address that others use; not answering at a default one is only a warning."""
    try:
        answer = httpx.get(f"{base}{path}", timeout=SECONDS)
        found, fine = f"{base}{path} answers {answer.status_code}.", answer.status_code < 400
    except (httpx.HTTPError, OSError) as error:
        found, fine = f"{base}{path} doesn't answer ({type(error).__name__}).", False
    if fine:
        yield ok(about, found)
        return
    is_set = env.env.sources.get(variable, Source.DEFAULT) != Source.DEFAULT
    advice = f"Start it, or correct {variable} or the proxy in front of it."
    yield (problem if is_set else warning)(about, found, advice)
