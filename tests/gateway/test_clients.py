"""Others' clients on real servers: curl, Authlib, and django-oauth-toolkit as a resource server."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc6749.resource_protector import ResourceProtector
from authlib.oauth2.rfc6750 import InsufficientScopeError, InvalidTokenError
from authlib.oauth2.rfc7662 import IntrospectTokenValidator
from pytest_django.live_server_helper import LiveServer

from lifecycle.catalogue.models import AIModel
from lifecycle.config.env import ROOT
from requests_app.actions.keys import key_revocation
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.actions.keys.service_tokens import NewToken
from requests_app.models import Key
from tests.api.test_oauth import make
from tests.support.gateway_fixtures import SITE
from tests.support.required_tools import need
from tests.support.worker_processes import environment, free_port, process, wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.stack]


@pytest.fixture
def gate(transactional_db: None) -> NewToken:
    return make("keys.introspect", "keys.revoke")


class Introspection(IntrospectTokenValidator):  # type: ignore[misc]  # Authlib has no types
    """Authlib's, as its documentation has it."""

    def __init__(self, url: str, gate: NewToken) -> None:
        super().__init__()
        self.url, self.pair = url, (gate.token.public_id, gate.secret)

    def introspect_token(self, token_string: str) -> Any:
        answer = requests.post(self.url, {"token": token_string}, auth=self.pair, timeout=10)
        answer.raise_for_status()
        return answer.json()


@pytest.fixture
def protector(live_server: LiveServer, gate: NewToken) -> ResourceProtector:
    protector = ResourceProtector()
    protector.register_token_validator(Introspection(f"{live_server}/oauth/introspect", gate))
    return protector


class Asked:
    """What Authlib needs of a call."""

    def __init__(self, secret: str) -> None:
        self.headers = {"Authorization": f"Bearer {secret}"}


def test_authlib_as_a_resource_server_lets_pass_what_is_active(
    protector: ResourceProtector, claimed: ClaimedKey
) -> None:
    token = protector.validate_request(["messages"], Asked(claimed.secret))
    assert token["jti"] == claimed.key.public_id
    with pytest.raises(InsufficientScopeError):
        protector.validate_request(["embeddings"], Asked(claimed.secret))
    key_revocation.revoke(claimed.key, by=claimed.key.holder)
    with pytest.raises(InvalidTokenError):
        protector.validate_request(["messages"], Asked(claimed.secret))


def test_authlib_as_a_client_introspects_and_revokes(
    live_server: LiveServer, gate: NewToken, claimed: ClaimedKey
) -> None:
    with OAuth2Session(gate.token.public_id, gate.secret) as client:
        introspect, revoke = f"{live_server}/oauth/introspect", f"{live_server}/oauth/revoke"
        asking = {"token": claimed.secret, "token_type_hint": "access_token"}
        assert client.introspect_token(introspect, **asking).json()["active"]
        assert client.revoke_token(revoke, **asking).status_code == 200
        assert client.introspect_token(introspect, **asking).json() == {"active": False}
    assert Key.objects.get().refused_from


@pytest.fixture
def resource_server(
    live_server: LiveServer, gate: NewToken
) -> Iterator[Callable[[str], list[int]]]:
    """Gives the statuses that callers with these keys get."""
    issuer = {"ISSUER": f"{live_server}/oauth/introspect"}
    pair = {"CLIENT": gate.token.public_id, "SECRET": gate.secret}
    with subprocess.Popen(
        [sys.executable, "-m", "tests.support.resource_server"],
        cwd=ROOT,
        env=os.environ | issuer | pair,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as running:

        def statuses(keys: str) -> list[int]:
            running.stdin.write(f"{keys}\n")
            running.stdin.flush()
            found: list[int] = json.loads(running.stdout.readline())
            return found

        yield statuses
        running.communicate()


def test_django_oauth_toolkit_as_a_resource_server_goes_by_our_answers(
    resource_server: Callable[[str], list[int]], claimed: ClaimedKey
) -> None:
    asked = f"{claimed.secret} emk_nothing"
    assert resource_server(asked) == [200, 403, 403, 403]
    key_revocation.revoke(claimed.key, by=claimed.key.holder)
    assert resource_server(asked) == [403, 403, 403, 403]


@pytest.fixture
def check(claimed: ClaimedKey, opus: AIModel, tmp_path: Path) -> Iterator[str]:
    """The address of a gateway process."""
    url = f"http://127.0.0.1:{(port := free_port())}/gateway"
    log = tmp_path / "uvicorn.log"
    with process("requests_app.gateway", "--port", str(port), log=log, SITE_URL=SITE):
        wait_until(lambda: is_well(f"{url}/health"), what=f"the gateway, see {log}")
        yield f"{url}/check"


def is_well(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).status_code == 200
    except requests.ConnectionError:
        return False


def curl(*words: str) -> tuple[int, dict[str, str], str]:
    """Status, headers and body."""
    message = subprocess.run(
        [need("curl"), "--silent", "--include", "--noproxy", "*", *words],
        capture_output=True,
        text=True,
        env=environment(),
        check=True,
    ).stdout
    head, _, body = message.partition("\n\n")
    status, *lines = head.splitlines()
    headers = dict(line.lower().split(": ", 1) for line in lines)
    return int(status.split()[1]), headers, body


def test_curl_is_answered_as_the_documentation_has_it(
    check: str, claimed: ClaimedKey, opus: AIModel
) -> None:
    key, model = f"Authorization: Bearer {claimed.secret}", f"X-Emeritus-Model: {opus.identifier}"
    status, headers, body = curl("-H", key, "-H", model, check)
    assert (status, headers["x-emeritus-key"], body) == (204, claimed.key.public_id, "")
    assert curl("--head", "-H", key, "-H", model, check)[0] == 204
    status, headers, body = curl("-X", "POST", "-d", "hello", "-H", model, check)
    assert (status, json.loads(body)["retired_on"]) == (410, "2026-01-05")
    assert headers["sunset"] == "mon, 05 jan 2026 00:00:00 gmt"
    assert curl("-X", "DELETE", "-H", key, "-H", model, check)[0] == 405
    key_revocation.revoke(claimed.key, by=claimed.key.holder)
    status, headers, body = curl("-H", key, "-H", model, check)
    assert (status, json.loads(body)["type"]) == (401, f"{SITE}/problems/#revoked-key")
