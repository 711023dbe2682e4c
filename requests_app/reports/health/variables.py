"""Which variables were read and from where, without the value of any secret."""

from collections.abc import Iterator

from lifecycle.config import env
from lifecycle.config.env_reader import Source
from requests_app.reports.health.findings import Finding, ok, warning

# Every other value is hidden: it may be a secret, or hold a password.
SHOWN = {
    *("SITE_URL", "GATEWAY_URL", "GATEWAY_PROCESSES", "SITE_PROCESSES", "SITE_THREADS"),
    *("EXTRA_HOSTS", "FROM_EMAIL", "TRUSTED_PROXIES", "SECOND_FACTOR_REQUIRED"),
    *("LEAK_REPORTS_PER_MINUTE", "SUBMISSIONS_PER_HOUR", "KEYS_PER_HOUR", "UPLOADS_PER_HOUR"),
    *("INVITATIONS_PER_HOUR", "HSTS_SUBDOMAINS", "ISSUER_STUCK_AFTER", "OPERATOR_EMAILS"),
    *("RECONCILE_SECONDS", "SWEEP_SECONDS", "NOTICE_LEASE_SECONDS", "DATABASE_MAX_AGE"),
    *("FILES_FOLDER", "FILES_MAX", "FILE_MAX_MB", "FILES_REQUEST_MB", "FILES_PERSON_MB"),
    *("BREAK_GLASS_EMAILS", "BREAK_GLASS_BAR_DAYS", "STANDING_SIGN_IN_DAYS"),
    *("SOURCE_CHECK_DAYS", "LOG_LEVEL", "DEBUG", "EMERITUS_VAR", "EMERITUS_EMBEDDED_DURABLE"),
}
# Read by compose, the demo or the tests, not by the site.
READ_ELSEWHERE = {"POSTGRES_PASSWORD", "VALKEY_PASSWORD", "PORT", "GATEWAY_PORT"}


def findings() -> Iterator[Finding]:
    # The site's and the gateway's processes read these; this one hasn't yet.
    env.gateway_processes(), env.site_threads()
    sources = env.env.sources
    for name in sorted(name for name in sources if sources[name] != Source.DEFAULT):
        yield ok("settings", f"{name} is from {_place(sources[name])}{_value(name)}.")
    defaults = [name for name in sources if sources[name] == Source.DEFAULT]
    yield ok("settings", f"{len(defaults)} others have their defaults (.env.example).")
    yield ok("settings", f"Emeritus uses {env.servers_in_use()}.")
    for name in sorted(env.env.names_in_file() - set(sources) - READ_ELSEWHERE):
        found = f"Nothing reads {name}, which {env.env_file()} sets."
        yield warning("settings", found, "Compare its spelling with .env.example.")


def _place(source: Source) -> str:
    return str(env.env_file()) if source == Source.FILE else "the environment"


def _value(name: str) -> str:
    return f": {env.env.str(name, '')}" if name in SHOWN else " (its value is not shown)"
