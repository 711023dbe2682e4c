"""Calls that schemathesis makes of the API's description: each is answered as described."""

import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as ours
from django.core.wsgi import get_wsgi_application
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as how
from pytest_django import Settings

from lifecycle.people.models import User
from requests_app.actions.keys import service_tokens
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.models import AccessRequest, StandingRule, TokenPermission
from requests_app.throttling import RATE_LIMITS
from tests.standing.conftest import by_list, lab, publish, text
from tests.support.api_client import API
from tests.support.described_calls import Caller, ids_there, put_in, tag_for
from tests.support.request_standings import standings
from tests.support.soak_sizes import SOAK, size

__all__ = ["by_list", "lab", "publish", "standings", "text"]
pytestmark = pytest.mark.django_db

CSRF = "c" * 32
MODES = size(("positive",), ("positive", "negative"))
MALFORMED = {400, 406, 413, 415}
# What the site adds to all that it answers, and HTTP to all answers with these statuses.
UNDESCRIBED = {
    *("cross-origin-resource-policy", "set-cookie"),
    *("allow", "content-language", "content-length", "content-type", "date", "vary"),
    *("cache-control", "content-security-policy", "cross-origin-opener-policy"),
    *("permissions-policy", "referrer-policy", "x-content-type-options", "x-frame-options"),
}


@pytest.fixture
def callers(
    alice: User,
    rita: User,
    pat: User,
    ada: User,
    claimed: ClaimedKey,
    standings: dict[str, AccessRequest],
    by_list: StandingRule,
) -> dict[str, Caller]:
    """What each sends to say who they are."""
    people = {"requester": alice, "reviewer": rita, "owner": pat, "superuser": ada}
    token = service_tokens.create(
        "All",
        owner=ada,
        permissions=list(TokenPermission),
        expires_at=timezone.now() + timedelta(days=9),
        by=ada,
    )
    return {
        "anonymous": Caller(),
        **{name: with_session(somebody) for name, somebody in people.items()},
        "token": Caller(headers={"Authorization": f"Bearer {token.secret}"}),
    }


def with_session(somebody: User) -> Caller:
    client = Client()
    client.force_login(somebody)
    session = client.cookies[ours.SESSION_COOKIE_NAME].value
    cookies = {ours.SESSION_COOKIE_NAME: session, ours.CSRF_COOKIE_NAME: CSRF}
    return Caller(cookies=cookies, headers={"X-CSRFToken": CSRF})


@pytest.fixture
def schema(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The description, before the site's WSGI application in this test's transaction."""
    import schemathesis  # half a second, which every process that gathers the tests would spend

    for limit in RATE_LIMITS.values():
        setattr(settings, limit.setting, 1_000_000)
    monkeypatch.setattr(connection, "close_if_unusable_or_obsolete", lambda: None)
    config = schemathesis.Config()
    making = config.projects.default.generation
    making.with_security_parameters = False  # the callers have their own
    making.allow_x00 = False  # PostgreSQL stores no NUL, and everything refuses it
    logging.disable(logging.ERROR)
    yield schemathesis.openapi.from_wsgi(
        f"{API}/schema/?format=json", get_wsgi_application(), config=config
    )
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("mode", MODES)
def test_every_call_is_answered_as_described(
    schema: Any, callers: dict[str, Caller], mode: str
) -> None:
    """Whoever calls, and whatever is there."""
    from schemathesis.generation import GenerationMode

    ids, everybody, cases = ids_there(), list(callers.values()), 0
    for operation in (each.ok() for each in schema.get_all_operations()):

        @how(
            max_examples=size(1, 30),
            derandomize=not SOAK,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(GenerationMode(mode)))
        def check(case: Any) -> None:
            nonlocal cases
            put_in(case, ids)
            # The members of a patch aren't described.
            is_valid = mode == "positive" and case.method != "PATCH"
            for caller in everybody[size(cases % 2, 0) :: size(2, 1)]:
                is_answered_as_described(case, caller, is_valid=is_valid)
            cases += 1

        check()
    assert cases >= size(100, 2000)


def is_answered_as_described(case: Any, caller: Caller, *, is_valid: bool) -> None:
    """And whatever comes of it is undone."""
    from schemathesis import checks
    from schemathesis.specs.openapi import checks as described

    with transaction.atomic():
        headers = {**caller.headers, **tag_for(case, caller)}
        answer = case.call(headers=headers, cookies=caller.cookies)
        transaction.set_rollback(True)
    looked_at = [
        checks.not_a_server_error,
        described.status_code_conformance,
        described.content_type_conformance,
        described.response_headers_conformance,
        described.response_schema_conformance,
    ]
    case.validate_response(answer, checks=looked_at)
    if is_valid:
        assert answer.status_code not in MALFORMED, (case.as_curl_command(), answer.text)
    told = case.operation.responses.find_by_status_code(answer.status_code)
    names = {name.lower() for name in answer.headers} - UNDESCRIBED
    assert names <= {name.lower() for name, _ in told.headers.items()}, case.as_curl_command()
