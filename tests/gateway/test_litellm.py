"""LiteLLM's proxy with our custom_auth hook: real calls through it to a model of the test's.

LiteLLM is too big for our own environment: LITELLM names the program where it is installed.
"""

import json
import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from lifecycle.config.env import ROOT
from requests_app.actions.keys import key_revocation
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.models import Grant
from tests.support.gateway_fixtures import OPUS, SITE
from tests.support.plain_http import answers, plain_client
from tests.support.reverse_proxies import Upstream
from tests.support.worker_processes import free_port, kill, process, wait_until

PROGRAM = os.environ.get("LITELLM", "")
HOOK = ROOT / "docker/gateway/litellm/emeritus_auth.py"
OTHER = "another-model"
SECRET = "the-provider's-key"
MASTER_KEY = "sk-" + secrets.token_hex(32)  # LiteLLM doesn't start without one
ANSWER = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": OPUS,
    "content": [{"type": "text", "text": "hi"}],
    "stop_reason": "end_turn",
    "usage": {"input_tokens": 1, "output_tokens": 1},
}

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.stack,
    pytest.mark.skipif(
        not PROGRAM, reason="LITELLM doesn't name the program of a LiteLLM proxy (docs/gateway.md)"
    ),
]


@dataclass
class Check:
    """Our check, which may be stopped and started at the same port."""

    log: Path
    port: int = field(default_factory=free_port)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/gateway/"

    def start(self) -> None:
        words = ("requests_app.gateway", "--port", str(self.port))
        self.running = ExitStack()
        self.running.enter_context(process(*words, log=self.log, SITE_URL=SITE))
        wait_until(lambda: answers(f"{self.url}health"), what=f"the check, see {self.log}")

    def stop(self) -> None:
        self.running.close()


@dataclass
class Proxy:
    """LiteLLM between the check and the models."""

    client: httpx.Client
    check: Check
    upstream: Upstream
    log: Path

    def call(self, key: str, path: str = "/v1/messages", **more: Any) -> httpx.Response:
        sent = {"model": OPUS, "max_tokens": 9, "messages": [{"role": "user", "content": "hello"}]}
        return self.client.post(path, headers={"x-api-key": key}, json={**sent, **more})


def write(folder: Path, upstream: Upstream) -> None:
    to = {"api_base": f"http://127.0.0.1:{upstream.port}", "api_key": SECRET}
    models = [
        {"model_name": name, "litellm_params": {"model": f"anthropic/{name}", **to}}
        for name in (OPUS, OTHER)
    ]
    general = {"custom_auth": "emeritus_auth.user_api_key_auth"}
    whole = {"model_list": models, "general_settings": general}
    (folder / "config.yaml").write_text(yaml.safe_dump(whole))
    shutil.copy(HOOK, folder)


@pytest.fixture(scope="session")
def started(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """Once for all tests: LiteLLM takes half a minute to start."""
    folder, port = tmp_path_factory.mktemp("litellm"), free_port()
    log, check = folder / "litellm.log", Check(folder / "uvicorn.log")
    url = f"http://127.0.0.1:{port}"
    with Upstream(json.dumps(ANSWER)) as upstream, log.open("wb") as out:
        write(folder, upstream)
        check.start()
        running = subprocess.Popen(
            [PROGRAM, "--config", "config.yaml", "--host", "127.0.0.1", "--port", str(port)],
            cwd=folder,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(folder),
                "EMERITUS_CHECK": f"{check.url}check",
                "LITELLM_MASTER_KEY": MASTER_KEY,
                "LITELLM_LOCAL_MODEL_COST_MAP": "True",  # asks nobody for prices
                "LITELLM_LOG": "INFO",
            },
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
        try:
            wait_until(lambda: answers(f"{url}/health/liveliness"), 120, f"LiteLLM, see {log}")
            with plain_client(base_url=url, timeout=30) as client:
                yield Proxy(client, check, upstream, log)
        finally:
            kill(running)
            check.stop()


@pytest.fixture
def proxy(started: Proxy) -> Proxy:
    started.upstream.seen.clear()
    return started


def reason(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["type"].rpartition("#")[2]


@pytest.mark.parametrize("path", ["/v1/messages", "/v1/chat/completions"])
def test_litellm_lets_a_key_pass_and_keeps_it_to_itself(
    proxy: Proxy, claimed: ClaimedKey, path: str
) -> None:
    for headers in ({"x-api-key": claimed.secret}, {"Authorization": f"Bearer {claimed.secret}"}):
        proxy.upstream.seen.clear()
        body = {"model": OPUS, "max_tokens": 9, "messages": [{"role": "user", "content": "hello"}]}
        answer = proxy.client.post(path, headers=headers, json=body)
        assert (answer.status_code, "hi" in answer.text) == (200, True), answer.text
        (seen,) = proxy.upstream.seen
        assert claimed.secret not in str(seen)
        assert {name.lower(): value for name, value in seen.items()}["x-api-key"] == SECRET
    assert claimed.secret not in proxy.log.read_text()


def test_litellm_hands_on_why_another_model_is_refused(proxy: Proxy, claimed: ClaimedKey) -> None:
    Grant.objects.update(operations=["messages"])
    answer = proxy.call(claimed.secret, model=OTHER)
    assert reason(answer) == (403, "wrong-model")
    assert answer.json()["error"]["message"]
    assert "insufficient_scope" in answer.headers["www-authenticate"]
    assert reason(proxy.call(claimed.secret, model=f"{OPUS},{OTHER}")) == (403, "wrong-model")
    assert reason(proxy.call(claimed.secret, "/v1/completions")) == (403, "wrong-operation")
    assert proxy.upstream.seen == []


def test_litellm_is_not_led_to_another_model(proxy: Proxy, claimed: ClaimedKey) -> None:
    """By what it reads apart from the body's `model`, or by a body read in two ways."""
    both = f'{{"model":"{OPUS}","messages":[],"x":"&model={OTHER}&"}}'
    form = {"x-api-key": claimed.secret, "content-type": "application/x-www-form-urlencoded"}
    asked = [
        proxy.call(claimed.secret, f"/v1/chat/completions?model={OTHER}"),
        proxy.client.post("/v1/chat/completions", headers=form, content=both),
        proxy.call(claimed.secret, fallbacks=[OTHER]),
    ]
    assert [reason(answer) for answer in asked] == [(400, "model-not-named")] * 3
    # Versions after 1.82 refuse these themselves, before they ask the hook.
    itself = [
        proxy.call(claimed.secret, user_config={"model_list": []}),
        proxy.call(claimed.secret, api_key="x", api_base="http://127.0.0.1:1"),
    ]
    ours, theirs = (400, "model-not-named"), (401, "auth_error")
    assert {reason(answer) for answer in itself} <= {ours, theirs}
    assert proxy.upstream.seen == []


def test_litellms_own_master_key_calls_no_model(proxy: Proxy, claimed: ClaimedKey) -> None:
    """It is answered as any other key that isn't ours."""
    assert reason(proxy.call(MASTER_KEY)) == (410, "model-retired")
    assert proxy.upstream.seen == []


def test_litellm_judges_the_path_that_it_serves(proxy: Proxy, claimed: ClaimedKey) -> None:
    """Starlette makes a request's address with the Host header, which may hold a path too."""
    path = f"/openai/deployments/{OTHER}/chat/completions"
    for host in ("localhost", "localhost/v1/messages?", "localhost/v1/messages#"):
        headers = {"x-api-key": claimed.secret, "host": host}
        answer = proxy.client.post(path, headers=headers, json={"model": OPUS, "messages": []})
        assert answer.status_code in (400, 403), host
    assert proxy.upstream.seen == []


def test_litellm_asks_again_about_every_call(proxy: Proxy, claimed: ClaimedKey) -> None:
    assert proxy.call(claimed.secret).status_code == 200
    key_revocation.revoke(claimed.key, by=claimed.key.holder)
    proxy.upstream.seen.clear()
    for _ in range(3):
        answer = proxy.call(claimed.secret)
        assert reason(answer) == (401, "revoked-key")
        assert claimed.secret not in answer.text
    assert proxy.upstream.seen == []


def test_litellm_says_when_a_limit_is_reached(proxy: Proxy, claimed: ClaimedKey) -> None:
    Grant.objects.update(requests_per_day=1)
    assert proxy.call(claimed.secret).status_code == 200
    over = proxy.call(claimed.secret)
    assert reason(over) == (429, "too-many-requests")
    assert int(over.headers["retry-after"]) > 0


def test_litellm_refuses_while_the_check_is_down(proxy: Proxy, claimed: ClaimedKey) -> None:
    assert proxy.call(claimed.secret).status_code == 200
    proxy.upstream.seen.clear()
    proxy.check.stop()
    try:
        assert reason(proxy.call(claimed.secret)) == (503, "check-unavailable")
        assert proxy.upstream.seen == []
    finally:
        proxy.check.start()
    assert proxy.call(claimed.secret).status_code == 200


def test_litellm_serves_nothing_else_to_a_key(proxy: Proxy, claimed: ClaimedKey) -> None:
    for path in ("/v1/models", "/model/info", "/key/info", "/v1/files", "/health"):
        answer = proxy.client.get(path, headers={"x-api-key": claimed.secret})
        assert answer.status_code == 403, path
