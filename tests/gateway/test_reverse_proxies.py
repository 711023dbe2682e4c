"""What holds behind every gateway that we document, whichever program it is."""

import threading

import httpx
import pytest

from requests_app.actions.keys.keys import ClaimedKey
from requests_app.models import Grant
from tests.support import reverse_proxies
from tests.support.gateway_fixtures import OPUS, SITE
from tests.support.reverse_proxies import Front
from tests.support.worker_processes import wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.stack]

MESSAGES = ("/v1/messages", "/v1/messages/count_tokens", "/v1/chat/completions")
COMPLETIONS = ("/v1/complete", "/v1/completions")


@pytest.fixture
def key(claimed: ClaimedKey) -> tuple[str, str]:
    return "X-Api-Key", claimed.secret


def is_problem(answer: httpx.Response, status: int) -> bool:
    """With all that official SDKs look for."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert set(problem["error"]) == {"type", "code", "message"}
    assert len(answer.headers.get_list("www-authenticate")) == (1 if status == 401 else 0)
    return True


def test_every_address_that_sdks_use_is_there(front: Front, key: tuple[str, str]) -> None:
    Grant.objects.update(operations=["messages", "completions"])
    for path in (*MESSAGES, *COMPLETIONS):
        wait_until(lambda: front.call(key, path=path).status_code == 200, seconds=3, what=path)
        assert front.upstream.seen[-1]["path"].endswith(path)
    Grant.objects.update(operations=["completions"])
    for path in MESSAGES:
        wait_until(lambda: front.call(key, path=path).status_code == 403, seconds=3, what=path)


def test_the_list_of_models_names_the_one_that_is_served(
    front: Front, key: tuple[str, str]
) -> None:
    assert is_problem(front.client.get("/v1/models"), 410)
    answer = front.client.get("/v1/models", headers=[key])
    assert [model["id"] for model in answer.json()["data"]] == [OPUS]
    assert front.upstream.seen == []


def test_other_methods_are_refused_with_those_allowed(front: Front, key: tuple[str, str]) -> None:
    for method, path, allowed in (
        ("GET", "/v1/messages", {"POST"}),
        ("DELETE", "/v1/completions", {"POST"}),
        ("POST", "/v1/models", {"GET"}),
        ("TRACE", "/v1/messages", {"POST"}),
        ("TRACE", "/v1/models", {"GET"}),
    ):
        answer = front.client.request(method, path, headers=[key, ("Content-Length", "0")])
        assert is_problem(answer, 405)
        assert set(answer.headers["allow"].split(", ")) - {"HEAD"} == allowed
        assert " or ".join(allowed) in answer.json()["detail"]
    assert front.upstream.seen == []


def test_an_unknown_address_is_a_problem_and_not_a_page(front: Front, key: tuple[str, str]) -> None:
    for path in ("/", "/v1/embeddings", "/v1/messages/", "/v1/messages/batches", "/emeritus/check"):
        assert is_problem(front.call(key, path=path), 404)
    assert front.upstream.seen == []


def test_a_refusal_has_one_challenge_and_its_reason(front: Front) -> None:
    refused = front.call(("Authorization", f"Bearer emk_{'0' * 36}"))
    assert is_problem(refused, 401)
    assert refused.json()["type"] == f"{SITE}/problems/#malformed-key"
    assert refused.headers["cache-control"] == "no-store"


def test_without_the_check_the_answer_is_a_typed_503(
    front_without_check: Front, key: tuple[str, str]
) -> None:
    refused = front_without_check.call(key)
    assert is_problem(refused, 503)
    assert refused.json()["type"] == f"{SITE}/problems/#check-unavailable"
    assert int(refused.headers["retry-after"]) > 0
    assert front_without_check.upstream.seen == []


def test_without_the_model_the_answer_is_a_problem_that_says_so(
    front_without_model: Front, key: tuple[str, str]
) -> None:
    answer = front_without_model.call(key)
    assert is_problem(answer, 503 if front_without_model.kind == "haproxy" else 502)
    assert "Your key was accepted" in answer.json()["error"]["message"]


def test_what_a_model_streams_arrives_as_it_comes(front: Front, key: tuple[str, str]) -> None:
    arrived = threading.Event()
    front.upstream.says = "first\0rest"
    front.upstream.pause = lambda: (arrived.wait(20), None)[1]
    headers = [reverse_proxies.JSON, key]
    with front.client.stream(
        "POST", "/v1/messages", headers=headers, content=reverse_proxies.HELLO
    ) as answer:
        pieces = answer.iter_text()
        assert next(pieces) == "first"
        arrived.set()
        assert "".join(pieces) == "rest"


def test_a_model_may_take_as_long_as_sdks_wait() -> None:
    """Ten minutes, read from the files: no test waits for that."""
    nginx = ("proxy_read_timeout 600s;", "proxy_send_timeout 600s;")
    for name, lines in {
        "nginx/emeritus.conf": nginx,
        "nginx_one_model/emeritus_call.conf": nginx,
        "caddy/Caddyfile": ("response_header_timeout 600s",),
        "haproxy/haproxy.cfg": ("timeout client 600s", "timeout server 600s"),
        "envoy/envoy.yaml": ("timeout: 600s",),
    }.items():
        text = (reverse_proxies.FOLDER / name).read_text()
        assert all(line in text for line in lines), name
