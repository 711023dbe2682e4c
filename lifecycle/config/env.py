"""What each environment variable means; a missing or bad value stops the start and is named."""

import base64
import binascii
import logging
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dj_email_url
import psycopg
from psycopg.conninfo import conninfo_to_dict
from redis.connection import parse_url

from lifecycle.config.env_reader import ROOT as ROOT
from lifecycle.config.env_reader import ConfigurationError as ConfigurationError
from lifecycle.config.env_reader import env as env
from lifecycle.config.env_reader import env_file as env_file
from lifecycle.config.issuers import IssuerSettings
from lifecycle.config.issuers import parse as parse_issuers
from lifecycle.config.sign_in_providers import ProviderSettings
from lifecycle.config.sign_in_providers import parse as parse_providers
from lifecycle.embedded import embedded

log = logging.getLogger(__name__)
SMTP_PORTS = {"smtp": 25, "smtp+tls": 587, "submission": 587, "smtp+ssl": 465, "smtps": 465}


def is_local() -> bool:
    """Return whether no server is configured, so the embedded ones and generated secrets serve.

    Raises ConfigurationError if only one of the two is set.
    """
    missing = [name for name in ("DATABASE_URL", "REDIS_URL") if not env.str(name, "")]
    if len(missing) == 1:
        raise ConfigurationError(
            f"{missing[0]} is not set. Set both DATABASE_URL and REDIS_URL, or neither."
        )
    return bool(missing)


def ensure_services() -> None:
    """Start the embedded servers if this process uses them."""
    if is_local():
        embedded.join()


def database_url() -> str:
    if is_local():
        return embedded.database_url()
    url = _address("DATABASE_URL", None, "postgresql", "postgres")
    try:
        conninfo_to_dict(url)
    except psycopg.ProgrammingError:  # its message shows the password
        raise ConfigurationError(
            "DATABASE_URL can't be read. Write @ / : % in its password as %40 %2F %3A %25."
        ) from None
    return url


def redis_url() -> str:
    if is_local():
        return embedded.redis_url()
    return _address("REDIS_URL", None, "redis", "rediss", "unix")


def servers_in_use() -> str:
    """Describe the PostgreSQL and Valkey in use, without user names and passwords."""
    if is_local():
        return f"the embedded PostgreSQL and Valkey in {embedded.var()}"
    at = conninfo_to_dict(database_url())
    database = f"the database {at.get('dbname')} at {_host(at, 5432)}"
    valkey: dict[str, Any] = parse_url(redis_url())  # type: ignore[no-untyped-call]  # redis
    place = valkey.get("path") or _host(valkey, 6379)
    return f"{database} and database {valkey.get('db', 0)} of the Valkey at {place}"


def _host(at: Mapping[str, Any], port: int) -> str:
    return f"{at.get('host', 'localhost')}:{at.get('port', port)}"


def tell_servers(**_: object) -> None:
    """Log the servers once when a process starts: a wrong database is easily noticed too late."""
    log.info("Using %s.", servers_in_use())


def site_url() -> str:
    return _address("SITE_URL", "http://localhost:8000", "https", "http").rstrip("/")


def gateway_url() -> str:
    return _address("GATEWAY_URL", "http://localhost:8001", "https", "http").rstrip("/")


def models_url() -> str:
    """Return where calls are made to models whose route names no address; empty if nowhere."""
    from lifecycle.catalogue.file_format import values  # it needs Django

    url = env.str("MODELS_URL", "").rstrip("/")
    try:
        return values.base_url(url) if url else ""
    except ValueError:
        sentence = "MODELS_URL must be an address like https://models.example.org, without /v1."
        raise ConfigurationError(sentence) from None


def ror_api_url() -> str:
    """Return where organisations are looked up by name; empty if nowhere."""
    if not env.str("ROR_API_URL", ""):
        return ""
    return _address("ROR_API_URL", "", "https", "http")


def gateway_processes() -> int:
    return _at_least_one("GATEWAY_PROCESSES", 2)


def site_processes() -> int:
    return _at_least_one("SITE_PROCESSES", 2)


def site_threads() -> int:
    return _at_least_one("SITE_THREADS", 4)


def mail(default: str) -> dict[str, Any]:
    """Return Django's email settings; smtp+tls uses STARTTLS, smtp+ssl encrypts from the start."""
    url = _address("EMAIL_URL", default, *SMTP_PORTS, "file", "console")
    scheme, _, rest = url.partition("://")
    if scheme not in SMTP_PORTS:
        return dict(dj_email_url.parse(url))
    found = dict(dj_email_url.parse(f"smtp://{rest}"))
    found["EMAIL_PORT"] = urlsplit(url).port or SMTP_PORTS[scheme]
    found["EMAIL_USE_TLS"] |= scheme in ("smtp+tls", "submission")
    found["EMAIL_USE_SSL"] |= scheme in ("smtp+ssl", "smtps")
    return found


def files_folder() -> Path:
    """Return the folder of uploaded files, which no web server may serve."""
    return (ROOT / (env.str("FILES_FOLDER", "") or embedded.var() / "files")).resolve()


def files_limit(name: str, default: int) -> int:
    return _at_least_one(name, default)


def break_glass_emails() -> frozenset[str]:
    """Return who may make break-glass grants; nobody by default."""
    return frozenset(_emails("BREAK_GLASS_EMAILS", env.list("BREAK_GLASS_EMAILS", [])))


def operator_emails() -> list[str]:
    """Return who is notified of technical problems; all superusers if empty."""
    return _emails("OPERATOR_EMAILS", env.list("OPERATOR_EMAILS", []))


def _emails(name: str, given: list[str]) -> list[str]:
    """Return the addresses in the stored form of accounts."""
    # Imported here: it needs Django, which the gateway's process doesn't load.
    from lifecycle.people.email.normalization import NotAnAddress, stored_form

    try:
        return [stored_form(email) for email in given]
    except NotAnAddress:
        sentence = f"{name} must be email addresses separated by commas."
        raise ConfigurationError(sentence) from None


def break_glass_bar() -> timedelta:
    """Return how long an unjustified break-glass grant bars the next one."""
    return timedelta(days=_positive("BREAK_GLASS_BAR_DAYS", env.int("BREAK_GLASS_BAR_DAYS", 90)))


def source_check_days() -> int:
    """Return after how many days a source of the catalogue is due to be read again."""
    return _positive("SOURCE_CHECK_DAYS", env.int("SOURCE_CHECK_DAYS", 90))


def _positive(name: str, days: int) -> int:
    if days < 1:
        raise ConfigurationError(f"{name} must be 1 or more.")
    return days


def standing_sign_in_age() -> timedelta:
    """Return how old a sign-in may be whose claim carries standing access."""
    return timedelta(days=_at_least_one("STANDING_SIGN_IN_DAYS", 30))


def log_level() -> str:
    level = env.str("LOG_LEVEL", "INFO").upper()
    if level not in logging.getLevelNamesMapping():
        raise ConfigurationError("LOG_LEVEL must be one of DEBUG, INFO, WARNING, ERROR, CRITICAL.")
    return level


def _at_least_one(name: str, default: int) -> int:
    number: int = env.int(name, default)
    if number < 1:
        raise ConfigurationError(f"{name} must be 1 or more.")
    return number


def _address(name: str, default: str | None, *schemes: str) -> str:
    """Return a URL with one of the `schemes`."""
    value: str = env.str(name) if default is None else env.str(name, default)
    scheme, separator, rest = value.partition("://")
    if not separator or scheme not in schemes or not (rest or scheme == "console"):
        raise ConfigurationError(f"{name} must be an address that starts with {schemes[0]}://.")
    return value


def secret_key() -> str:
    key: str = env.str("SECRET_KEY", None) or _local_secret("SECRET_KEY")
    if len(key) < 50 or len(set(key)) < 5:  # as `check --deploy` requires
        raise ConfigurationError("SECRET_KEY must be 50 random characters or more.")
    return key


def issuers() -> dict[str, IssuerSettings]:
    """Return the other gateways that store our keys, by name; see `.env.example`."""
    try:
        return parse_issuers(env.str("ISSUERS", ""))
    except ValueError as error:
        raise ConfigurationError(f"ISSUERS {error}. See .env.example.") from None


def sign_in_providers() -> dict[str, ProviderSettings]:
    """Return the OpenID Connect providers for sign-in, by name; see `.env.example`."""
    insecure = not site_url().startswith("https://")
    try:
        return parse_providers(env.str("SIGN_IN_PROVIDERS", ""), insecure=insecure)
    except ValueError as error:
        raise ConfigurationError(f"SIGN_IN_PROVIDERS {error}. See .env.example.") from None


def peppers() -> dict[int, bytes]:
    """Return pepper versions by number; the highest one is used for new keys.

    Read from KEY_PEPPERS, `1:BASE64,2:BASE64`, at least 32 bytes each.
    """
    text = env.str("KEY_PEPPERS", None) or f"1:{_local_secret('KEY_PEPPERS')}"
    found = dict(_pepper(part) for part in text.split(","))
    if len(found) != text.count(",") + 1:
        raise ConfigurationError("KEY_PEPPERS lists a version twice.")
    return found


def _pepper(part: str) -> tuple[int, bytes]:
    version, _, encoded = part.strip().partition(":")
    try:
        number, secret = int(version), base64.b64decode(encoded, validate=True)
    except (ValueError, binascii.Error):
        number, secret = 0, b""
    if not 0 < number < 32768 or len(secret) < 32:
        raise ConfigurationError(
            "KEY_PEPPERS must look like 1:BASE64,2:BASE64, with at least 32 bytes in each."
        )
    return number, secret


@cache
def _local_secret(name: str) -> str:
    """Return a secret for the embedded servers, generated once and stored under var/."""
    if not is_local():
        raise ConfigurationError(f"{name} is not set. See .env.example.")
    path = embedded.var() / "secrets" / name
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        fresh = path.with_name(f"{name}.{os.getpid()}")
        with open(os.open(fresh, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w") as file:
            file.write(base64.b64encode(secrets.token_bytes(48)).decode())
        # Linked only when complete; if another process was first, its secret is used.
        with suppress(FileExistsError):
            os.link(fresh, path)
        fresh.unlink()
    return path.read_text()
