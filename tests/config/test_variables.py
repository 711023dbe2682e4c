"""Each documented variable works from `.env` and from the environment, in every process."""

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.config.test_configuration import ISSUER, PRODUCTION, PROVIDER, documented
from tests.support.forked_starts import Start

# What each variable is set to here, what shows its effect, and what that must then be.
SETTINGS: dict[str, tuple[str, str, Any]] = {
    "DATABASE_URL": (
        "postgresql://someone:a%40b@db.invalid:6543/theirs?sslmode=require",
        "[s.DATABASES['default'][key] for key in ('HOST', 'PORT', 'NAME', 'PASSWORD', 'OPTIONS')]",
        ["db.invalid", 6543, "theirs", "a@b", {"connect_timeout": 5, "sslmode": "require"}],
    ),
    "REDIS_URL": ("redis://:pw@valkey.invalid:6399/3", "s.CELERY_BROKER_URL", None),
    "SITE_URL": ("https://site.invalid", "s.SITE_URL", None),
    "GATEWAY_URL": ("https://gateway.invalid", "s.GATEWAY_URL", None),
    "MODELS_URL": ("https://models.invalid/", "s.MODELS_URL", "https://models.invalid"),
    "ROR_API_URL": ("https://ror.invalid/v2/organizations", "s.ROR_API_URL", None),
    "GATEWAY_PROCESSES": ("7", "env.gateway_processes()", 7),
    "SITE_THREADS": ("5", "env.site_threads()", 5),
    "SITE_PROCESSES": ("7", "env.site_processes()", 7),
    "EXTRA_HOSTS": ("a.invalid,b.invalid", "s.ALLOWED_HOSTS[1:]", ["a.invalid", "b.invalid"]),
    "SECRET_KEY": (PRODUCTION["SECRET_KEY"], "s.SECRET_KEY", None),
    "KEY_PEPPERS": (PRODUCTION["KEY_PEPPERS"], "[*s.KEY_PEPPERS.values()][0].hex()", "00" * 33),
    "EMAIL_URL": ("smtp+tls://u:p@mail.invalid:588", "[s.EMAIL_HOST, s.EMAIL_PORT]", None),
    "FROM_EMAIL": ("Access <access@site.invalid>", "s.DEFAULT_FROM_EMAIL", None),
    "CHAT_URLS": ("json://chat.invalid", "s.CHAT_URLS", ["json://chat.invalid"]),
    "TRUSTED_PROXIES": ("2", "s.ALLAUTH_TRUSTED_PROXY_COUNT", 2),
    "SIGN_IN_PROVIDERS": (f"[{PROVIDER}]", "[*env.sign_in_providers()]", ["campus"]),
    "SECOND_FACTOR_REQUIRED": ("false", "s.SECOND_FACTOR_REQUIRED", False),
    "LEAK_REPORTS_PER_MINUTE": ("31", "s.LEAK_REPORTS_PER_MINUTE", 31),
    "SUBMISSIONS_PER_HOUR": ("32", "s.SUBMISSIONS_PER_HOUR", 32),
    "API_CALLS_PER_MINUTE": ("36", "s.API_CALLS_PER_MINUTE", 36),
    "DRAFTS_PER_HOUR": ("37", "s.DRAFTS_PER_HOUR", 37),
    "KEYS_PER_HOUR": ("33", "s.KEYS_PER_HOUR", 33),
    "INVITATIONS_PER_HOUR": ("34", "s.INVITATIONS_PER_HOUR", 34),
    "UPLOADS_PER_HOUR": ("35", "s.UPLOADS_PER_HOUR", 35),
    "HSTS_SUBDOMAINS": ("true", "s.SECURE_HSTS_INCLUDE_SUBDOMAINS", True),
    "ISSUERS": (f"[{ISSUER}]", "[*s.ISSUERS]", ["campus"]),
    "ISSUER_STUCK_AFTER": ("11", "s.ISSUER_STUCK_AFTER", 11),
    "OPERATOR_EMAILS": ("ops@site.invalid", "s.OPERATOR_EMAILS", ["ops@site.invalid"]),
    "METRICS_TOKEN": ("a token of Prometheus", "s.METRICS_TOKEN", None),
    "RECONCILE_SECONDS": ("61", "s.CELERY_BEAT_SCHEDULE['reconcile']['schedule']", 61),
    "SWEEP_SECONDS": ("62", "s.CELERY_BEAT_SCHEDULE['send_notices']['schedule']", 62),
    "NOTICE_LEASE_SECONDS": ("63", "s.NOTICE_LEASE.total_seconds()", 63),
    "DATABASE_MAX_AGE": ("64", "s.DATABASES['default']['CONN_MAX_AGE']", 64),
    "FILES_FOLDER": ("/folder/of/files", "str(s.FILES_FOLDER)", None),
    "FILES_MAX": ("3", "s.FILES_MAX", 3),
    "FILE_MAX_MB": ("4", "s.FILE_MAX_BYTES", 4 * 1024**2),
    "FILES_REQUEST_MB": ("5", "s.FILES_REQUEST_BYTES", 5 * 1024**2),
    "FILES_PERSON_MB": ("6", "s.FILES_PERSON_BYTES", 6 * 1024**2),
    "BREAK_GLASS_BAR_DAYS": ("91", "s.BREAK_GLASS_BAR.days", 91),
    "SOURCE_CHECK_DAYS": ("92", "s.SOURCE_CHECK_DAYS", 92),
    "STANDING_SIGN_IN_DAYS": ("31", "s.STANDING_SIGN_IN_AGE.days", 31),
    "BREAK_GLASS_EMAILS": ("zoe@site.invalid", "[*s.BREAK_GLASS_EMAILS]", ["zoe@site.invalid"]),
    "LOG_LEVEL": ("WARNING", "s.LOGGING['root']['level']", None),
    "DEBUG": ("true", "s.DEBUG", True),
    "EMERITUS_VAR": ("{folder}/var", "str(embedded.var())", None),
    "EMERITUS_EMBEDDED_DURABLE": ("false", "Cluster().durable", False),
    "PORT": ("18000", "environment.wanted_ports()[0]", None),
    "GATEWAY_PORT": ("18001", "environment.wanted_ports()[1]", None),
}
READ_BY_COMPOSE = {"POSTGRES_PASSWORD", "VALKEY_PASSWORD"}  # from docker/.env
NAMES_THE_FILE = {"EMERITUS_ENV_FILE"}
SEES = """
import json
from lifecycle.config import env, settings as s
from lifecycle.embedded import embedded
from lifecycle.embedded.postgres import Cluster
seen = {name: eval(code) for name, code in json.loads(%r).items()}
from demo import environment
seen |= {name: eval(code) for name, code in json.loads(%r).items()}
print(json.dumps(seen))
"""
PORTS = ("PORT", "GATEWAY_PORT")
Seen = Callable[..., dict[str, Any]]  # by a process


def values(folder: Path) -> dict[str, str]:
    return {name: told.replace("{folder}", str(folder)) for name, (told, _, _) in SETTINGS.items()}


def expected(folder: Path) -> dict[str, Any]:
    """Where nothing else is said, what shows is the value as it is."""
    mail = {"EMAIL_URL": ["mail.invalid", 588]}
    plain = {n: v for n, v in values(folder).items() if SETTINGS[n][2] is None}
    return plain | {n: seen for n, (_, _, seen) in SETTINGS.items() if seen is not None} | mail


@pytest.fixture
def seen_by_a_process(start: Start) -> Seen:
    """What each variable does, in a process that has these from a file and from its environment."""
    code = {name: shows for name, (_, shows, _) in SETTINGS.items()}
    first = json.dumps({name: shows for name, shows in code.items() if name not in PORTS})
    ports = json.dumps({name: code[name] for name in PORTS})

    def seen_by_a_process(file: Path, **environment: str) -> dict[str, Any]:
        told = {"PATH": os.environ["PATH"], "EMERITUS_ENV_FILE": str(file), **environment}
        done = start("-c", SEES % (first, ports), **told)
        assert done.returncode == 0, done.stderr
        seen: dict[str, Any] = json.loads(done.stdout)
        return seen

    return seen_by_a_process


def as_file(folder: Path, values: dict[str, str]) -> Path:
    file = folder / "settings.env"
    file.write_text("".join(f"{name}={value}\n" for name, value in values.items()))
    return file


def test_every_documented_variable_is_tried_here() -> None:
    assert set(SETTINGS) == set(documented()) - READ_BY_COMPOSE - NAMES_THE_FILE


def test_each_variable_works_from_a_file(seen_by_a_process: Seen, tmp_path: Path) -> None:
    assert seen_by_a_process(as_file(tmp_path, values(tmp_path))) == expected(tmp_path)


def test_each_variable_works_from_the_environment(seen_by_a_process: Seen, tmp_path: Path) -> None:
    assert seen_by_a_process(Path(os.devnull), **values(tmp_path)) == expected(tmp_path)


def test_the_environment_wins_over_a_file(seen_by_a_process: Seen, tmp_path: Path) -> None:
    other = dict.fromkeys(SETTINGS, "!")
    seen = seen_by_a_process(as_file(tmp_path, other), **values(tmp_path))
    assert seen == expected(tmp_path)


def test_the_values_tried_here_are_not_the_defaults(
    seen_by_a_process: Seen, tmp_path: Path
) -> None:
    """Or nothing would show."""
    needed = {name: values(tmp_path)[name] for name in PRODUCTION}
    needed |= {"SITE_URL": "https://other.invalid"}
    seen = seen_by_a_process(Path(os.devnull), **needed)
    same = {name for name in SETTINGS if seen[name] == expected(tmp_path)[name]}
    assert same == set(needed) - {"SITE_URL"}


@pytest.mark.parametrize("how", ["missing", "a folder"])
def test_a_named_file_that_can_not_be_read_stops_the_start(
    start: Start, tmp_path: Path, how: str
) -> None:
    file = tmp_path if how == "a folder" else tmp_path / "typo.env"
    told = {"PATH": os.environ["PATH"], "EMERITUS_ENV_FILE": str(file)}
    done = start("-c", "from lifecycle.config import env", **told)
    assert done.returncode == 1
    assert f"EMERITUS_ENV_FILE: {file} can't be read." in done.stderr


@pytest.mark.parametrize("where", ["environment", "file"])
def test_an_empty_variable_is_not_set(seen_by_a_process: Seen, tmp_path: Path, where: str) -> None:
    """Whatever kind of value it has."""
    empty = dict.fromkeys(set(SETTINGS) - set(PRODUCTION) - set(PORTS), "")
    needed = {name: values(tmp_path)[name] for name in PRODUCTION}
    if where == "file":
        seen = seen_by_a_process(as_file(tmp_path, empty), **needed)
    else:
        seen = seen_by_a_process(Path(os.devnull), **needed, **empty)
    assert seen == seen_by_a_process(Path(os.devnull), **needed)


def test_a_file_above_the_checkout_is_not_read(start: Start, tmp_path: Path) -> None:
    """It is some other project's."""
    (tmp_path / "settings.env").write_text("DATABASE_URL=postgresql://theirs.invalid/none\n")
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside/settings.env").touch()
    code = "from lifecycle.config import env; print(env.is_local())"
    told = {"PATH": os.environ["PATH"], "EMERITUS_ENV_FILE": str(tmp_path / "inside/settings.env")}
    assert start("-c", code, **told).stdout == "True\n"


@pytest.mark.parametrize(
    ("database", "valkey", "said"),
    [
        (
            "postgresql://alice:hush@db.invalid/emeritus?sslpassword=hush",
            "rediss://:hush@valkey.invalid:6380/2",
            "the database emeritus at db.invalid:5432 and "
            "database 2 of the Valkey at valkey.invalid:6380",
        ),
        (
            "postgresql://%2Frun%2FPG/emeritus?password=hush",
            "unix:///run/valkey.sock?db=4&password=hush",
            "the database emeritus at /run/PG:5432 and "
            "database 4 of the Valkey at /run/valkey.sock",
        ),
    ],
)
def test_a_process_can_say_which_servers_it_uses(
    start: Start, database: str, valkey: str, said: str
) -> None:
    code = "from lifecycle.config import env; print(env.servers_in_use())"
    told = {"PATH": os.environ["PATH"], "DATABASE_URL": database, "REDIS_URL": valkey}
    assert start("-c", code, **told).stdout.strip() == said


def test_a_database_address_that_cannot_be_read_is_named_without_its_password(
    start: Start,
) -> None:
    code = "from lifecycle.config import env; env.database_url()"
    told = {"PATH": os.environ["PATH"], **PRODUCTION, "DATABASE_URL": "postgresql://a:hu%sh@db/x"}
    done = start("-c", code, **told)
    assert re.search(r"DATABASE_URL can't be read\.", done.stderr)
    assert "hu%sh" not in done.stderr
