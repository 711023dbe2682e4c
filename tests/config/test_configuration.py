"""What the environment says: all of it is documented, and what is bad stops the start."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from lifecycle.config.env import ROOT, database_url
from tests.support.forked_starts import Start

CODE = ("lifecycle", "requests_app", "demo")
READS_ENVIRONMENT = ROOT / "lifecycle/config/env_reader.py"
LINE = re.compile(r"^#([A-Z][A-Z0-9_]*)=(.*)$", re.MULTILINE)
READER = re.compile(r"(env\.)+[a-z]+|os\.environ\.get|_address|files_limit|_at_least_one")
PRODUCTION = {
    "DATABASE_URL": "postgresql://nowhere.invalid/none",
    "REDIS_URL": "redis://nowhere.invalid",
    "SITE_URL": "https://emeritus.example",
    "SECRET_KEY": "a key for this test only, and long enough to be taken for one",
    "KEY_PEPPERS": "1:" + "A" * 44,
}

ISSUER = (
    '{"name": "campus", "kind": "litellm", "url": "https://proxy.example", '
    '"admin_key": "sk-admin", "models": {"opus": "opus-3"}}'
)
PROVIDER = (
    '{"name": "campus", "kind": "oidc", "label": "Campus", "url": "https://id.example", '
    '"client_id": "emeritus", "secret": "sk-admin"}'
)
MORE = {"ISSUERS": f"[{ISSUER}]", "SIGN_IN_PROVIDERS": f"[{PROVIDER}]"}


def documented() -> dict[str, str]:
    return dict(LINE.findall((ROOT / ".env.example").read_text()))


@cache
def reads() -> list[tuple[str, object]]:
    """Each variable that the code reads, with its default where that is a literal."""
    return list(reads_in_code())


def reads_in_code() -> Iterator[tuple[str, object]]:
    paths = (path for folder in CODE for path in (ROOT / folder).rglob("*.py"))
    for node in (node for path in paths for node in ast.walk(ast.parse(path.read_text()))):
        match node:
            case ast.Call(reader, [ast.Constant(str(name)), *rest]):
                if READER.fullmatch(ast.unparse(reader)):
                    default = rest[0] if rest else None
                    yield name, default.value if isinstance(default, ast.Constant) else None


def test_every_variable_is_documented_and_every_documented_one_is_read() -> None:
    in_code = {name for name, _ in reads()}
    in_compose = re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker/compose.yaml").read_text())
    assert in_code | set(in_compose) == set(documented())


def test_the_documented_defaults_are_the_ones_in_the_code() -> None:
    known = documented()
    for name, default in reads():
        if default not in (None, ""):
            assert known[name].lower() == str(default).lower(), name


def test_every_variable_has_a_sentence() -> None:
    """A comment above it, or above the one that it is named together with."""
    lines = (ROOT / ".env.example").read_text().splitlines()
    for before, line in zip(lines, lines[1:], strict=False):
        if LINE.match(line):
            assert before.startswith("# ") or LINE.match(before), line


def test_only_one_module_looks_into_the_environment() -> None:
    """Others would miss what stands in `.env`."""
    paths = [path for folder in CODE for path in (ROOT / folder).rglob("*.py")]
    for path in [*paths, ROOT / "tests/support/servers.py"]:
        text = path.read_text()
        looks = "environ" in text or "getenv" in text  # parsing all takes a second
        for node in ast.walk(ast.parse(text)) if looks else ():
            match node:
                case ast.Call(func) if path != READS_ENVIRONMENT:
                    assert ast.unparse(func) not in ("os.environ.get", "os.getenv"), path
                case ast.Subscript(source, _, ast.Load()):
                    assert ast.unparse(source) != "os.environ", path


def environment(tmp_path: Path, **more: str) -> dict[str, str]:
    """An empty variable counts as missing."""
    here = {"EMERITUS_ENV_FILE": os.devnull, "EMERITUS_VAR": str(tmp_path)}
    return {"PATH": os.environ["PATH"], **here, **PRODUCTION, **more}


def run(*arguments: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)


def test_starts_with_everything_set(tmp_path: Path) -> None:
    # Django 6.1 asks the database what it can do.
    done = run("manage.py", "check", env=environment(tmp_path, **MORE, DATABASE_URL=database_url()))
    assert done.returncode == 0, done.stderr


SETTINGS_ALONE = ("-m", "lifecycle.config.settings")


def test_a_new_process_stops_as_a_fork_does(start: Start, tmp_path: Path) -> None:
    told = environment(tmp_path, DEBUG="perhaps")
    ends = run(*SETTINGS_ALONE, env=told), start(*SETTINGS_ALONE, **told)
    sentences = {(done.returncode, done.stderr.splitlines()[-1]) for done in ends}
    assert len(sentences) == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", ""),
        ("REDIS_URL", ""),
        ("DATABASE_URL", "nowhere.invalid"),
        ("DATABASE_URL", "sqlite:///emeritus.db"),
        ("REDIS_URL", "nowhere.invalid"),
        ("SITE_URL", "emeritus.example"),
        ("GATEWAY_URL", "ftp://emeritus.example"),
        ("MODELS_URL", "https://models.example/v1"),
        ("MODELS_URL", "models.example"),
        ("ROR_API_URL", "api.ror.org"),
        ("ROR_API_URL", "file:///etc/passwd"),
        ("SECRET_KEY", ""),
        ("SECRET_KEY", "short"),
        ("SECRET_KEY", "x" * 60),
        ("KEY_PEPPERS", ""),
        ("KEY_PEPPERS", "1:too short"),
        ("KEY_PEPPERS", "1:" + "A" * 40),
        ("KEY_PEPPERS", "A" * 44),
        ("KEY_PEPPERS", f"1:{'A' * 44},1:{'B' * 44}"),
        ("ISSUERS", "campus"),
        ("ISSUERS", '{"name": "campus"}'),
        ("ISSUERS", '[{"name": "campus"}]'),
        ("ISSUERS", f"[{ISSUER}, {ISSUER}]"),
        ("ISSUERS", f"[{ISSUER.replace('litellm', 'other')}]"),
        ("ISSUERS", f"[{ISSUER.replace('https', 'ftp')}]"),
        ("ISSUERS", f"[{ISSUER.replace('campus', 'local')}]"),
        ("ISSUERS", f"[{ISSUER.replace('opus-3', '')}]"),
        ("ISSUER_STUCK_AFTER", "many"),
        ("SIGN_IN_PROVIDERS", "campus"),
        ("SIGN_IN_PROVIDERS", '[{"name": "campus"}]'),
        ("SIGN_IN_PROVIDERS", f"[{PROVIDER}, {PROVIDER}]"),
        ("SIGN_IN_PROVIDERS", f"[{PROVIDER}, {PROVIDER.replace('campus', 'other')}]"),
        ("SIGN_IN_PROVIDERS", f"[{PROVIDER.replace('oidc', 'saml')}]"),
        ("SIGN_IN_PROVIDERS", f"[{PROVIDER.replace('https://id.example', 'http://localhost')}]"),
        ("SIGN_IN_PROVIDERS", f"[{PROVIDER.replace('sk-admin', '')}]"),
        ("SECOND_FACTOR_REQUIRED", "sometimes"),
        ("RECONCILE_SECONDS", "hourly"),
        ("SWEEP_SECONDS", "soon"),
        ("NOTICE_LEASE_SECONDS", "soon"),
        ("DATABASE_MAX_AGE", "a minute"),
        ("EMAIL_URL", "carrier-pigeon://roof"),
        ("LOG_LEVEL", "LOUD"),
        ("BREAK_GLASS_EMAILS", "zoe"),
        ("BREAK_GLASS_EMAILS", "zoe@example.org,"),
        ("BREAK_GLASS_BAR_DAYS", "0"),
        ("STANDING_SIGN_IN_DAYS", "0"),
        ("DEBUG", "perhaps"),
    ],
)
def test_a_bad_value_stops_the_start_and_is_named(
    start: Start, tmp_path: Path, name: str, value: str
) -> None:
    done = start(*SETTINGS_ALONE, **environment(tmp_path, **{name: value}))
    assert done.returncode != 0
    sentence = done.stderr.splitlines()[-1]
    assert name in sentence
    assert name != "KEY_PEPPERS" or not value or value not in sentence
    assert "sk-admin" not in sentence
