"""Random cases: the check and a slow plain reference give the same answer each time."""

import asyncio
import random
from collections import Counter
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Any

from asgiref.typing import HTTPScope

from requests_app.gateway.app import Gateway
from requests_app.gateway.decision import KeyLimits, KeyRow, KeyUsage
from requests_app.gateway.http.responses import Messages
from requests_app.states import GrantState, KeyState
from tests.support import reference_check
from tests.support.gateway_fixtures import (
    BEARER,
    ROW,
    MemoryLedger,
    MemoryStore,
    Reply,
    in_memory,
    reply,
)
from tests.support.reference_check import DAY, MINUTE, SECOND, Case
from tests.support.soak_sizes import size

CASES = size(800, 100_000)
NOW = 1_780_000_000 * SECOND
MODELS = ("opus", "sonnet", "haiku")
NETWORKS = ("192.0.2.0/24", "198.51.100.8/32", "2001:db8::/32", "0.0.0.0/0")
ADDRESSES = ("192.0.2.9", "198.51.100.8", "198.51.100.9", "2001:db8::1", "::1", "", "here", "1.2.3")


def near(dice: random.Random, now: int) -> int:
    """Mostly at the edge, where mistakes are."""
    return now + dice.choice([-DAY, -SECOND, -1, 0, 1, SECOND, DAY, 30 * DAY, 30 * DAY])


def maybe(dice: random.Random, likely: float, value: Any) -> Any:
    return value if dice.random() < likely else None


def a_case(dice: random.Random) -> Case:
    now = NOW + dice.randrange(DAY)
    most = dice.sample(MODELS, dice.randint(1, 3))
    far = [now + 30 * DAY] * 9
    return {
        "now": now,
        "key_state": dice.choice([*KeyState.values, *["active"] * 50]),
        "grant_state": dice.choice([*GrantState.values, *["active"] * 50]),
        "refused_from": maybe(dice, 0.03, near(dice, now)),
        "expires_at": dice.choice([near(dice, now), *far]),
        "ends_at": dice.choice([near(dice, now), near(dice, now), None, *far]),
        "activated_at": dice.choice([near(dice, now), *[now, now - 1, now - DAY] * 3]),
        "confirm_by": maybe(dice, 0.2, near(dice, now)),
        "in_good_standing": dice.random() < 0.95,
        "is_member": dice.random() < 0.95,
        "networks": dice.sample(NETWORKS, dice.choice([0, 0, 0, 0, 1, 2])),
        "address": dice.choice(ADDRESSES),
        "models": {name: maybe(dice, 0.2, near(dice, now)) for name in most},
        "model": dice.choice([*MODELS, *most[:1] * 6]),
        "operations": dice.choice([["messages"], ["completions"], ["messages", "completions"]]),
        "operation": dice.choice([*["messages", "completions"] * 4, "embeddings"]),
        **limits(dice, now),
    }


def limits(dice: random.Random, now: int) -> Case:
    return {
        "per_minute": maybe(dice, 0.4, dice.randint(1, 4)),
        "per_day": maybe(dice, 0.4, dice.randint(1, 6)),
        "tokens_per_day": maybe(dice, 0.15, dice.randint(1, 3)),
        "tokens": dice.randint(0, 3),
        "spend_cap": maybe(dice, 0.15, dice.randint(1, 3)),
        "spent": dice.randint(0, 3),
        "earlier": [now - dice.randrange(2 * MINUTE) for _ in range(dice.randint(0, 5))],
    }


def moment(at: int | None) -> datetime | None:
    return None if at is None else datetime.fromtimestamp(at / SECOND, UTC)


def row_of(case: Case) -> KeyRow:
    return KeyRow(
        key=ROW.key,
        key_state=case["key_state"],
        expires_at=moment(case["expires_at"]),
        refused_from=moment(case["refused_from"]),
        grant=ROW.grant,
        grant_state=case["grant_state"],
        operations=case["operations"],
        activated_at=moment(case["activated_at"]),
        ends_at=moment(case["ends_at"]),
        holder=7,
        in_good_standing=case["in_good_standing"],
        models={name: moment(at) for name, at in case["models"].items()},
        is_member=case["is_member"],
        confirm_by=moment(case["confirm_by"]),
        networks=[ip_network(network) for network in case["networks"]],
        limits=KeyLimits(
            *(case[n] for n in ("per_minute", "per_day", "tokens_per_day", "spend_cap"))
        ),
        used=KeyUsage(tokens_today=case["tokens"], spend=case["spent"]),
        model_ids=dict.fromkeys(case["models"], 1),
    )


class Watched(Gateway):
    """Keeps how many answers it had at hand."""

    at_hand = 0

    def _fast_path(self, scope: HTTPScope) -> Messages | None:
        found = super()._fast_path(scope)
        self.at_hand += found is not None
        return found


def gateway_for(case: Case) -> Watched:
    """One that remembers; what was called earlier is in the ledger, as another process took it."""
    ledger = MemoryLedger()
    for at in case["earlier"]:
        for length in (MINUTE, DAY):
            name = f"{ROW.grant}:{length // SECOND}:{at // length}"
            others = ledger.taken[name]
            others["other"] = others.get("other", 0) + 1
    gateway = in_memory(MemoryStore(row_of(case)), ledger, Watched)
    assert isinstance(gateway, Watched)
    gateway.cache.trusted_until = float("inf")
    gateway.cache.clock = lambda: 0.0
    gateway.clock = lambda: case["now"] * 1000
    return gateway


def moments(dice: random.Random, case: Case) -> list[int]:
    """Now, until the answer is at hand; and around one of the moments at which it may change."""
    now = case["now"]
    times = [case[name] for name in ("expires_at", "ends_at", "activated_at", "confirm_by")]
    times += [*case["models"].values(), (now // DAY + 1) * DAY, (now // MINUTE + 1) * MINUTE]
    edge = dice.choice([time for time in times if time is not None])
    return [now, now, now, edge - 1, edge, edge + 1]


async def asked(gateway: Gateway, case: Case) -> Reply:
    named = ("x-emeritus-model", case["model"]), ("x-emeritus-operation", case["operation"])
    return await reply(gateway, BEARER, *named, ("x-emeritus-address", case["address"]))


async def compare(seed: int) -> tuple[list[str], int]:
    """The reasons, when both gave the same answers, and how many answers were at hand."""
    dice = random.Random(seed)
    case, reasons = a_case(dice), []
    gateway = gateway_for(case)
    for now in moments(dice, case):
        case["now"] = now
        got, expected = await asked(gateway, case), reference_check.answer(case)
        reasons.append(got.reason if got.body else "")
        assert (got.status, reasons[-1]) == expected, (seed, case)
        if not reasons[-1]:
            end = datetime.fromisoformat(got.headers["x-emeritus-ends"])
            assert end == moment(reference_check.last_moment(case)), (seed, case)
            case["earlier"].append(case["now"])
    return reasons, gateway.at_hand


def test_the_check_and_a_plain_reference_agree() -> None:
    async def compare_all() -> tuple[Counter[str], Counter[str], int]:
        first, all_of_them, at_hand = Counter[str](), Counter[str](), 0
        for seed in range(CASES):
            reasons, times = await compare(seed)
            first[reasons[0]] += 1
            all_of_them.update(reasons)
            at_hand += times
        return first, all_of_them, at_hand

    first, all_of_them, at_hand = asyncio.run(compare_all())
    assert len(first) == 15  # each of the reasons, and a yes
    assert min(first.values()) > CASES / 1000, first
    assert first[""] > CASES / 20, first
    assert at_hand > all_of_them[""] / 6  # of the yeses, so many came the quick way
