"""One call that the site sends to its own gateway with a person's key."""

import html
import json
import logging
import re
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

import pytest
from django.core.cache import cache
from pytest_django import Settings

from lifecycle.catalogue.models import AIModel
from lifecycle.config.cache import FallbackCache
from lifecycle.people.models import User
from requests_app import key_format
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.models import Grant
from requests_app.refusals import RateLimited
from requests_app.web.access import trial_call, trial_slots
from tests.support.page_client import Browser, assert_nothing_inline, page

pytestmark = pytest.mark.django_db
PROBLEM = {"type": "https://emeritus.example/problems/#wrong-model", "title": "Not this model"}


@dataclass
class FakeGateway:
    """Answers every call with `status`, `headers` and `body`, once it is `released`."""

    url: str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: str = '{"content": []}'
    released: threading.Event = field(default_factory=threading.Event)
    seen: list[tuple[str, dict[str, str], Any]] = field(default_factory=list)


def handler(gateway: FakeGateway) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            call = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            sent = {name.lower(): value for name, value in self.headers.items()}
            gateway.seen.append((self.path, sent, call))
            gateway.released.wait(20)
            self.send_response(gateway.status)
            for name, value in gateway.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(gateway.body.encode())

        def log_message(self, *words: Any) -> None: ...

    return Handler


@pytest.fixture
def gateway(settings: Settings) -> Iterator[FakeGateway]:
    fake = FakeGateway()
    fake.released.set()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(fake))
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    fake.url = settings.MODELS_URL = f"http://127.0.0.1:{server.server_port}"
    yield fake
    fake.released.set()
    server.shutdown()
    server.server_close()


def tried(by: User, claimed: ClaimedKey, key: str = "") -> Any:
    address = f"/access/{claimed.key.grant}/call/try/"
    return Browser(by).post(address, {"key": key or claimed.secret})


def test_answer_is_shown_with_the_headers_that_matter_and_without_the_key(
    gateway: FakeGateway,
    claimed: ClaimedKey,
    opus: AIModel,
    alice: User,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    gateway.headers = {"Request-Id": "req_7", "RateLimit": '"minute";r=59', "Server": "secret"}
    gateway.body = json.dumps({"echo": f"x{claimed.secret}", "text": "<b>Hi"})
    response = tried(alice, claimed)
    assert_nothing_inline(response)
    assert "no-store" in response["Cache-Control"]
    shown = html.unescape(response.content.decode())
    for part in ("It works", "200 OK", "request-id: req_7", 'ratelimit: "minute";r=59', '"<b>Hi'):
        assert part in shown
    assert "server: secret" not in shown.casefold()
    (path, headers, call), *others = gateway.seen
    assert (path, headers["x-api-key"], others) == ("/v1/messages", claimed.secret, [])
    assert (call["model"], call["max_tokens"]) == (opus.identifier, trial_call.MAX_TOKENS)
    assert claimed.secret not in shown + caplog.text
    assert "Bearer" not in headers.get("authorization", "")
    opus.access_routes.update(api="openai")
    tried(alice, claimed)
    assert gateway.seen[-1][0] == "/v1/chat/completions"
    assert gateway.seen[-1][1]["authorization"] == f"Bearer {claimed.secret}"


def test_refusals_are_explained_and_redirects_and_long_bodies_not_followed(
    gateway: FakeGateway, claimed: ClaimedKey, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway.status, gateway.body = 403, json.dumps(PROBLEM)
    refused = tried(alice, claimed)
    assert "The model didn't answer." in page(refused)
    assert refused.content.decode().count('/problems/#wrong-model"') == 2  # and in the table
    gateway.status, gateway.headers = 307, {"Location": f"{gateway.url}/elsewhere"}
    # The key stands where the text ends, so that it is cut in two.
    gateway.body = "e" * (trial_call.MAX_BODY + 20) + claimed.secret + "e" * 99_999
    moved = tried(alice, claimed).content.decode()
    assert "307 Temporary Redirect" in moved
    assert [path for path, *_ in gateway.seen] == ["/v1/messages"] * 2
    assert moved.count("e" * (trial_call.MAX_BODY - key_format.LENGTH)) == 1
    assert claimed.secret[:8] not in moved
    gateway.status, gateway.body = 529, "{}"  # has no phrase
    assert "<code>529 \n" in tried(alice, claimed).content.decode()
    gateway.released.clear()
    monkeypatch.setattr(trial_call, "MAX_SECONDS", 0.1)
    assert "gave no answer within" in page(tried(alice, claimed))


def test_only_the_configured_gateway_is_called_and_only_by_its_members(
    gateway: FakeGateway, claimed: ClaimedKey, opus: AIModel, alice: User, eve: User
) -> None:
    address = f"/access/{claimed.key.grant}/call/"
    assert "Send one call" in page(Browser(alice).get(address))
    assert Browser(alice).get(f"{address}try/").status_code == 302
    typo = claimed.secret[:-1] + ("b" if claimed.secret.endswith("a") else "a")
    for key in (f"{claimed.secret}0", typo, key_format.new("ems"), key_format.new("emt")):
        bad = tried(alice, claimed, key=key)
        assert (bad.status_code, "Copy the whole key" in page(bad)) == (422, True)
        assert key not in bad.content.decode()
        assert claimed.secret not in bad.content.decode()
    assert tried(eve, claimed).status_code == 404
    for elsewhere in ("http://127.0.0.1.example", "http://127.0.0.1:9", "https://x.example"):
        opus.access_routes.update(base_url=elsewhere)
        assert "Send one call" not in page(Browser(alice).get(address))
        assert tried(alice, claimed).status_code == 404
    assert gateway.seen == []


def test_call_is_one_that_the_page_names_and_none_without_any(
    gateway: FakeGateway, claimed: ClaimedKey, opus: AIModel, alice: User
) -> None:
    address = f"/access/{claimed.key.grant}/call/"
    Grant.objects.update(operations=["completions"])
    guide = page(Browser(alice).get(address))
    assert "It works" in page(tried(alice, claimed))
    (path, headers, call), *_ = gateway.seen
    assert (path, headers["authorization"]) == ("/v1/completions", f"Bearer {claimed.secret}")
    assert f'OPENAI_BASE_URL{path.removeprefix("/v1")}"' in guide
    assert f'"prompt": "{call["prompt"]}"' in guide
    opus.access_routes.update(api="anthropic")
    assert "Try it" not in page(Browser(alice).get(address))
    assert tried(alice, claimed).status_code == 404
    assert len(gateway.seen) == 1


def test_new_key_is_tried_from_its_page_as_often_as_the_limit_says(
    gateway: FakeGateway, claimed: ClaimedKey, alice: User, settings: Settings
) -> None:
    settings.SITE_PROCESSES, settings.TRIAL_CALLS_PER_HOUR = 1, 1
    browser = Browser(alice)
    shown = browser.post(f"/keys/{claimed.key.public_id}/rotate/", {"hours": "1"}).content.decode()
    (key,) = re.findall(r"emk_\w{36}", shown)  # once: no form has it, which a browser would keep
    (link,) = re.findall(r'href="(/access/[^"]+#try)"', shown)
    assert 'name="key"' in browser.get(html.unescape(link)).content.decode()
    assert "It works" in page(tried(alice, claimed, key=key))
    assert gateway.seen[0][1]["x-api-key"] == key != claimed.secret
    assert tried(alice, claimed, key=key).status_code == 429
    assert len(gateway.seen) == 1


def test_one_call_of_a_person_runs_at_a_time_and_few_of_all(
    gateway: FakeGateway, claimed: ClaimedKey, alice: User, bob: User, rita: User
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        second = []

        def running(*call: Any) -> trial_call.Trial:
            second.append(tried(alice, claimed))
            raise trial_call.NoAnswer

        patch.setattr(trial_call, "call", running)
        assert "gave no answer within" in page(tried(alice, claimed))
    assert ([one.status_code for one in second], second[0]["Retry-After"]) == ([429], "10")
    assert "Wait for its answer" in page(second[0])
    with trial_slots.held(bob), trial_slots.held(rita):
        busy = tried(alice, claimed)
    assert (busy.status_code, busy["Retry-After"], gateway.seen) == (429, "10", [])
    assert "Try again in 10 seconds" in page(busy)
    assert "It works" in page(tried(alice, claimed))


def test_slot_of_a_call_that_never_ends_expires_and_then_is_another_calls(bob: User) -> None:
    with trial_slots.held(bob):
        for slot in (f"trial:person:{bob.pk}", "trial:site:0"):
            left = cast(FallbackCache, cache).seconds_left(slot) or 0
            assert trial_call.MAX_SECONDS < left <= trial_slots.HELD_SECONDS
        cache.clear()  # as after that time
        later = ExitStack()
        later.enter_context(trial_slots.held(bob))
    with pytest.raises(RateLimited), trial_slots.held(bob):
        pass
    later.close()
    with trial_slots.held(bob):
        pass
