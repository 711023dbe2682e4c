"""Gateways from the distribution with our files: real calls through each to a real upstream."""

import time

import pytest

from requests_app.actions.keys import key_revocation
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.models import Grant, Key
from tests.support import reverse_proxies
from tests.support.gateway_fixtures import SITE
from tests.support.reverse_proxies import HELLO, Front
from tests.support.worker_processes import wait_until

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.stack,
]
EVERY_KIND = pytest.mark.parametrize("front", reverse_proxies.KINDS, indirect=True)


def bearer(claimed: ClaimedKey) -> tuple[str, str]:
    return "Authorization", f"Bearer {claimed.secret}"


@EVERY_KIND
def test_a_gateway_lets_a_key_pass_and_keeps_it_to_itself(
    front: Front, claimed: ClaimedKey
) -> None:
    forged = (("X-Emeritus-Holder", "user-0"), ("X-Emeritus-Model", "other"))
    for key in (bearer(claimed), ("X-Api-Key", claimed.secret)):
        assert front.call(key, *forged).text == "hi"
    for seen in front.upstream.seen:
        assert claimed.secret not in str(seen)
        assert seen["X-Api-Key"] == "the-provider's-key"
        assert "Authorization" not in seen
        assert seen["X-Emeritus-Key"] == claimed.key.public_id
        assert seen["X-Emeritus-Holder"] == f"user-{claimed.key.holder_id}"
        assert seen["X-Emeritus-Model"] == "claude-3-opus-20240229"
        assert seen["body"] == HELLO.decode()
    assert len(front.upstream.seen) == 2


def test_a_gateway_hands_on_each_refusal_with_its_reason(front: Front, claimed: ClaimedKey) -> None:
    assert front.call().json()["type"] == f"{SITE}/problems/#model-retired"
    gone = front.call()
    assert (gone.status_code, gone.headers["sunset"]) == (410, "Mon, 05 Jan 2026 00:00:00 GMT")
    unknown = front.call(("X-Api-Key", claimed.secret[:-1] + "~"))
    assert (unknown.status_code, unknown.json()["status"]) == (401, 401)
    assert unknown.headers["content-type"] == "application/problem+json"
    assert "invalid_token" in unknown.headers["www-authenticate"]
    assert front.upstream.seen == []


@EVERY_KIND
def test_a_gateway_refuses_a_revoked_key(front: Front, claimed: ClaimedKey) -> None:
    key_revocation.revoke(claimed.key, by=claimed.key.holder)
    wait_until(lambda: front.call(bearer(claimed)).status_code == 401, seconds=2, what="a refusal")
    front.upstream.seen.clear()
    assert front.call(bearer(claimed)).json()["type"] == f"{SITE}/problems/#revoked-key"
    assert front.upstream.seen == []


def test_a_gateway_remembers_for_at_most_a_second(front: Front, claimed: ClaimedKey) -> None:
    """Each time at another part of a second, as nginx counts whole ones."""
    for part in (0.05, 0.5, 0.95):
        wait_until(lambda: abs(time.time() % 1 - part) < 0.03, what="the moment")  # noqa: B023
        assert front.call(bearer(claimed)).status_code == 200
        Grant.objects.update(operations=["completions"])
        told = asked = time.monotonic()
        while front.call(bearer(claimed)).status_code == 200:
            assert asked - told < 1.1  # when it was asked: a busy machine answers later
            asked = time.monotonic()
        assert front.call(bearer(claimed)).status_code == 403
        Grant.objects.update(operations=["completions", "messages"])
        wait_until(lambda: front.call(bearer(claimed)).status_code == 200, what="a yes")


def test_a_gateway_says_when_a_limit_is_reached(front: Front, claimed: ClaimedKey) -> None:
    Grant.objects.update(requests_per_day=2)
    wait_until(lambda: front.call(bearer(claimed)).status_code == 429, seconds=3, what="a limit")
    over = front.call(bearer(claimed))
    assert (over.status_code, over.json()["type"]) == (429, f"{SITE}/problems/#too-many-requests")
    assert int(over.headers["retry-after"]) > 0
    is_long = int(over.headers["retry-after"]) > 120
    assert over.headers.get("x-should-retry", "") == ("false" if is_long else "")
    assert over.headers["ratelimit"].startswith('"day";r=0;')


def test_a_gateway_names_the_callers_address(front: Front, claimed: ClaimedKey) -> None:
    forged = (("X-Emeritus-Address", "192.0.2.1"), ("X-Forwarded-For", "192.0.2.1"))
    for network, status in (("192.0.2.0/24", 403), ("127.0.0.0/8", 200)):
        Key.objects.update(networks=[network])
        wait_until(
            lambda: front.call(bearer(claimed), *forged).status_code == status,  # noqa: B023
            seconds=3,
            what=network,
        )


def test_a_gateway_writes_no_key_to_a_file(front: Front, claimed: ClaimedKey) -> None:
    for _ in range(3):
        assert front.call(bearer(claimed)).status_code == 200
    files = [path for path in front.folder.rglob("*") if path.is_file()]
    assert files
    if (front.folder / "cache").exists():
        assert [path for path in files if "cache" in path.parts]
    assert not [path for path in files if claimed.secret.encode() in path.read_bytes()]
