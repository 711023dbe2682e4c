"""The decision on a key: every reason, every state, and the end to the microsecond."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from requests_app.gateway.decision import GRANT_STATE_PROBLEMS, KEY_STATE_PROBLEMS, Allowed, decide
from requests_app.states import GrantState, KeyState
from tests.support.gateway_fixtures import END, OPUS, ROW, START

TICK = timedelta(microseconds=1)
MIDDLE = START + (END - START) / 2


def reason(changes: dict[str, Any], now: datetime = MIDDLE, operation: str = "messages") -> str:
    decision = decide(replace(ROW, **changes), now, OPUS, operation)
    return "allowed" if isinstance(decision, Allowed) else decision.slug


REASONS: tuple[tuple[dict[str, Any], str], ...] = (
    ({}, "allowed"),
    ({"key_state": "retiring"}, "allowed"),
    ({"key_state": "issuing"}, "not-started"),
    ({"key_state": "failed"}, "unknown-key"),
    ({"key_state": "expired"}, "expired-key"),
    ({"key_state": "revoking"}, "revoked-key"),
    ({"key_state": "revoked"}, "revoked-key"),
    ({"key_state": "retiring", "refused_from": START}, "revoked-key"),
    ({"refused_from": END}, "revoked-key"),
    ({"grant_state": "waiting", "activated_at": None, "ends_at": None}, "not-started"),
    ({"grant_state": "suspended"}, "grant-suspended"),
    ({"confirm_by": MIDDLE}, "grant-suspended"),
    ({"confirm_by": MIDDLE + TICK}, "allowed"),
    ({"grant_state": "ended"}, "expired-key"),
    ({"grant_state": "revoked"}, "revoked-key"),
    ({"ends_at": None}, "not-started"),
    ({"in_good_standing": False}, "holder-not-in-good-standing"),
    ({"models": {}}, "wrong-model"),
    ({"models": {OPUS.upper(): None, f"{OPUS} ": None}}, "wrong-model"),
    ({"models": {OPUS: START}}, "model-withdrawn"),
    ({"models": {OPUS: END}}, "allowed"),
    ({"operations": ["completions"]}, "wrong-operation"),
    ({"operations": []}, "wrong-operation"),
    ({"key_state": "revoked", "grant_state": "ended", "in_good_standing": False}, "revoked-key"),
    ({"grant_state": "suspended", "in_good_standing": False}, "holder-not-in-good-standing"),
    ({"key_state": "expired", "grant_state": "suspended", "models": {}}, "expired-key"),
)


@pytest.mark.parametrize(("changes", "expected"), REASONS)
def test_decide_gives_the_reason(changes: dict[str, Any], expected: str) -> None:
    assert reason(changes) == expected


@pytest.mark.parametrize(
    ("changes", "now", "expected"),
    [
        ({}, START - TICK, "not-started"),
        ({}, START, "allowed"),
        ({}, END - TICK, "allowed"),
        ({}, END, "expired-key"),
        ({}, END + TICK, "expired-key"),
        ({"expires_at": MIDDLE}, MIDDLE - TICK, "allowed"),
        ({"expires_at": MIDDLE}, MIDDLE, "expired-key"),
        ({"ends_at": MIDDLE}, MIDDLE - TICK, "allowed"),
        ({"ends_at": MIDDLE}, MIDDLE, "expired-key"),
        ({"grant_state": "suspended"}, END, "expired-key"),
        ({"models": {OPUS: MIDDLE}}, MIDDLE - TICK, "allowed"),
        ({"models": {OPUS: MIDDLE}}, MIDDLE, "model-withdrawn"),
    ],
)
def test_decide_refuses_from_exactly_the_end(
    changes: dict[str, Any], now: datetime, expected: str
) -> None:
    assert reason(changes, now) == expected


def test_decide_says_the_soonest_of_the_ends() -> None:
    for changes in ({"expires_at": MIDDLE}, {"ends_at": MIDDLE}, {"models": {OPUS: MIDDLE}}):
        decision = decide(replace(ROW, **changes), START, OPUS, "messages")
        assert decision == Allowed("key_1", "grant_1", 7, MIDDLE)


def test_decide_knows_every_state_and_raises_on_others() -> None:
    assert set(KEY_STATE_PROBLEMS) == set(KeyState.values)
    assert set(GRANT_STATE_PROBLEMS) == set(GrantState.values)
    with pytest.raises(KeyError):
        reason({"key_state": "surprising"})


@given(st.sampled_from(KeyState.values), st.sampled_from(GrantState.values), st.booleans())
def test_decide_allows_nothing_else(key_state: str, grant_state: str, standing: bool) -> None:
    live = key_state in ("active", "retiring") and grant_state == "active" and standing
    changes = {"key_state": key_state, "grant_state": grant_state, "in_good_standing": standing}
    assert (reason(changes) == "allowed") == live
