"""Every check in the order in which a site is set up."""

from collections.abc import Iterator
from functools import partial

from requests_app.reports.health import (
    background,
    machine,
    mail,
    open_work,
    people,
    servers,
    variables,
)
from requests_app.reports.health.findings import Finding, guarded, skipped


def findings(mail_to: str = "") -> Iterator[Finding]:
    """Yield all findings; what needs a server that is away isn't tried."""
    yield from guarded("settings", variables.findings)
    yield from guarded("secrets", machine.secrets)
    database = servers.database_answers()
    yield from guarded("database", servers.database)
    yield from _with("the database", database, "migrations", servers.migrations)
    yield from _with("the database", database, "clock", servers.clock)
    valkey = servers.valkey_answers()
    yield from guarded("Valkey", servers.valkey)
    yield from _with("Valkey", valkey, "beat", background.beat)
    yield from _with("Valkey", valkey, "sweeps", background.sweeps)
    yield from _with("Valkey", valkey, "worker", background.workers_and_queue)
    yield from guarded("email", partial(mail.findings, mail_to))
    yield from guarded("disk", machine.disk)
    yield from guarded("static files", machine.static_files)
    yield from guarded("site", servers.site)
    yield from guarded("gateway", servers.gateway)
    yield from guarded("checks", partial(machine.system_checks, database))
    tables = database and servers.has_all_tables()
    yield from _with("the database's tables", tables, "superuser", people.superusers)
    yield from _with("the database's tables", tables, "policies", people.policies)
    yield from _with("the database's tables", tables, "models", people.models)
    yield from _with("the database's tables", tables, "open work", open_work.findings)


def _with(server: str, is_there: bool, about: str, check: servers.Check) -> Iterator[Finding]:
    return guarded(about, check) if is_there else iter([skipped(about, server)])
