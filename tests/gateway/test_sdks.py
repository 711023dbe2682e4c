"""What people see who call a model with the official SDKs and are refused, through a real nginx."""

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from lifecycle.config.env import ROOT
from requests_app import key_format
from requests_app.gateway.app import Gateway
from requests_app.gateway.decision import KeyLimits, KeyUsage
from requests_app.gateway.http import problems
from requests_app.gateway.http.problems import CHECK_UNAVAILABLE, PROBLEMS, Problem
from tests.support import npm, reverse_proxies
from tests.support.asgi_server import served
from tests.support.gateway_fixtures import KEY, OPUS, ROW, SITE, MemoryStore, in_memory
from tests.support.required_tools import need
from tests.support.soak_sizes import some
from tests.support.worker_processes import free_port, kill, wait_until

pytestmark = pytest.mark.stack

NOON = datetime(2026, 4, 1, 12, tzinfo=UTC)
MESSAGES: Any = [{"role": "user", "content": "hello"}]
# How each reason comes about: what is changed in the key's row.
ROWS: dict[str, dict[str, Any]] = {
    "revoked-key": {"refused_from": NOON},
    "expired-key": {"expires_at": NOON},
    "holder-not-in-good-standing": {"in_good_standing": False},
    "grant-suspended": {"grant_state": "suspended"},
    "not-started": {"activated_at": NOON + timedelta(days=1)},
    "wrong-model": {"models": {"other": None}},
    "wrong-operation": {"operations": ["completions"]},
    "wrong-network": {"networks": [ip_network("192.0.2.0/24")]},
    "address-not-named": {"networks": [ip_network("192.0.2.0/24")]},
    "too-many-requests": {"limits": KeyLimits(None, 1), "used": KeyUsage(1)},
    "too-many-tokens": {"limits": KeyLimits(None, None, 1), "used": KeyUsage(0, 1)},
    "spend-cap-reached": {"limits": KeyLimits(spend=1), "used": KeyUsage(0, 0, 1)},
    "model-withdrawn": {"models": {OPUS: NOON}},
}
# What is changed of the call instead.
CALLS: dict[str, dict[str, Any]] = {
    "missing-key": {"headers": {"Authorization": "Basic eDp5", "X-Api-Key": ""}},
    "model-retired": {"headers": {"Authorization": "Basic eDp5", "X-Api-Key": ""}},
    "malformed-key": {"key": f"{KEY}0"},
    "unknown-key": {"key": key_format.new()},
    "other-model-in-body": {"model": "gpt-4"},
    "unclear-body": {"model": 7},
    "body-not-json": {"headers": {"Content-Encoding": "gzip"}},
    "body-too-large": {"model": "m" * 34_000_000},
}
# What is wrong in nginx's own files.
FILES = {
    "model-not-named": ("X-Emeritus-Model $emeritus_model", 'X-Emeritus-Model ""'),
    "address-not-named": ("X-Emeritus-Address $remote_addr", 'X-Emeritus-Address ""'),
}


@dataclass
class Asked:
    """A check that counts who asks."""

    gateway: Gateway
    calls: int = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.calls += scope["type"] == "http"
        await self.gateway(scope, receive, send)


def store_for(reason: str) -> MemoryStore:
    store = MemoryStore(replace(ROW, **ROWS.get(reason, {})))
    if reason == "missing-key":
        store.gone = None
    if reason == "check-unavailable":
        store.error = OSError()
    return store


@contextmanager
def behind_nginx(reason: str, folder: Path) -> Iterator[tuple[str, Asked]]:
    """The address of nginx in front of a check that refuses for that reason."""
    gateway, (check, port) = in_memory(store_for(reason)), (free_port(), free_port())
    gateway.clock = lambda: int(NOON.timestamp()) * 1_000_000_000
    asked = Asked(gateway)
    old, new = FILES.get(reason, ("", ""))
    with served(asked, check):
        ports = {"8001": check, "9000": free_port(), "8080": port}
        running = reverse_proxies.nginx(folder, ports, lambda text: text.replace(old, new))
        try:
            wait_until(lambda: reverse_proxies.listens(port), what=f"nginx, see {folder}")
            yield f"http://127.0.0.1:{port}", asked
        finally:
            running.terminate()
            running.wait()


def with_python(sdk: str, call: dict[str, Any]) -> tuple[int, str]:
    # Three seconds, which every process that gathers the tests would spend.
    import anthropic
    import openai

    options = {"api_key": call["key"], "default_headers": call["headers"]}
    options["max_retries"] = call["retries"]
    try:
        if sdk == "anthropic":
            with anthropic.Anthropic(base_url=call["url"], **options) as client:
                client.messages.create(model=call["model"], max_tokens=9, messages=MESSAGES)
        else:
            with openai.OpenAI(base_url=f"{call['url']}/v1", **options) as client_:
                client_.chat.completions.create(model=call["model"], messages=MESSAGES)
    except (anthropic.APIStatusError, openai.APIStatusError) as error:
        return error.status_code, str(error)
    return 200, ""


Ask = Callable[[str, dict[str, Any]], tuple[int, str]]


@pytest.fixture(scope="module")
def with_node() -> Iterator[Ask]:
    folder = npm.installed(ROOT / "tests" / "support" / "sdks")
    running = subprocess.Popen(
        [need("node"), "ask.js"],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert running.stdin is not None
    assert running.stdout is not None
    into, out = running.stdin, running.stdout

    def ask(sdk: str, call: dict[str, Any]) -> tuple[int, str]:
        into.write(json.dumps({"sdk": sdk, **call}) + "\n")
        into.flush()
        said = json.loads(out.readline())
        return said["status"], said["message"]

    yield ask
    kill(running)
    into.close()
    out.close()


def said(problem: Problem) -> str:
    """The beginning of what SDKs show; of a retired model each has its own."""
    if problem is problems.MODEL_RETIRED:
        return f"{problem.title}. {OPUS} was retired on 2026-01-05"
    return f"{problem.title}. {problem.sentence}"


@pytest.mark.parametrize("problem", some(PROBLEMS, 6), ids=lambda problem: problem.slug)
def test_sdks_show_what_to_do_and_do_not_wait(
    problem: Problem, with_node: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    retries = 0 if problem is CHECK_UNAVAILABLE else 2
    with behind_nginx(problem.slug, tmp_path) as (url, asked):
        call = {"url": url, "key": KEY, "model": OPUS, "headers": {}, "retries": retries}
        call |= CALLS.get(problem.slug, {})
        for ask in (with_python, with_node):
            for sdk in ("anthropic", "openai"):
                before = asked.calls
                status, message = ask(sdk, call)
                assert (status, asked.calls - before <= 1) == (problem.status, True), message
                assert said(problem).replace("'", "") in message.replace("'", "").replace("\\", "")
                if problem.see and problem is not problems.MODEL_RETIRED:
                    assert f"{SITE}{problem.see}" in message
