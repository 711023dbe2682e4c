"""No number that the public tables hold back can be derived from those that they show."""

import random
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from requests_app.models import AccessRequest, Policy, PolicyVersion
from requests_app.reports.public_numbers import statistics
from requests_app.reports.public_numbers.cell_suppression import (
    TOTAL_ROW,
    Cell,
    TableRow,
    suppressed_rows,
)
from tests.support.page_client import page
from tests.support.soak_sizes import size

FEWEST = 3  # small enough to try every world
OUTCOMES = ("granted", "denied", "open")
Request = tuple[frozenset[TableRow], str]

lines = st.builds(
    lambda policy, models: frozenset(
        {TOTAL_ROW, ("policy", policy), *(("model", m) for m in models)}
    ),
    st.sampled_from("ABC"),
    st.sets(st.sampled_from("mno"), min_size=1, max_size=2),
)
tables = st.lists(st.tuples(lines, st.sampled_from(OUTCOMES)), min_size=1, max_size=7)


def cells_of(table: list[Request]) -> list[Cell]:
    return [Cell(where, outcome, n) for (where, outcome), n in Counter(table).items()]


def counts(table: list[Request], line: TableRow) -> Counter[str]:
    return Counter(outcome for where, outcome in table if line in where)


def worlds(table: list[Request], shown: set[TableRow]) -> Iterator[list[Request]]:
    """All that fit what is shown, for a reader who knows who is counted where."""
    told = {line: counts(table, line) for line in shown}
    for outcomes in product(OUTCOMES, repeat=len(table)):
        world = [(where, outcome) for (where, _), outcome in zip(table, outcomes, strict=True)]
        if all(counts(world, line) == told[line] for line in shown):
            yield world


@settings(max_examples=size(50, 500), deadline=None)
@given(tables)
def test_no_hidden_cell_can_be_derived(table: list[Request]) -> None:
    every = {line for where, _ in table for line in where}
    hidden = suppressed_rows(cells_of(table), FEWEST)
    assert {line for line in every if counts(table, line).total() < FEWEST} <= hidden <= every
    possible = list(worlds(table, every - hidden))
    there = {outcome for _, outcome in table}
    for line, outcome in product(hidden, there):
        assert len({counts(world, line)[outcome] for world in possible}) > 1, (line, outcome)


@settings(max_examples=size(20, 200), deadline=None)
@given(st.lists(st.tuples(lines, st.sampled_from(OUTCOMES)), min_size=30, max_size=200))
def test_large_tables_show_all_that_is_large(table: list[Request]) -> None:
    every = {line for where, _ in table for line in where}
    hidden = suppressed_rows(cells_of(table), FEWEST)
    if all(counts(table, line).total() >= FEWEST for line in every):
        assert not hidden
    assert hidden == suppressed_rows(cells_of(table[::-1]), FEWEST)


@contextmanager
def at_most(lines: int) -> Iterator[None]:
    """Stops what runs more lines of Python than that, on however busy a machine."""
    left = lines

    def count(frame: object, event: str, _: object) -> object:
        nonlocal left
        left -= 1
        assert left > 0, f"more than {lines} lines were run"
        return count

    sys.settrace(count)
    try:
        yield
    finally:
        sys.settrace(None)


def skewed_table(models: int, policies: int, requests: int) -> list[Request]:
    """Most ask for the same few, and many models were asked for hardly ever."""
    rng = random.Random(1)
    table: list[Request] = []
    for _ in range(requests):
        policy = min(int(rng.expovariate(0.5)), policies - 1)
        rare = (min(int(rng.expovariate(6 / models)), models - 1) for _ in range(rng.randint(1, 4)))
        lines = {TOTAL_ROW, ("policy", policy), *(("model", model) for model in rare)}
        table.append((frozenset(lines), rng.choices(OUTCOMES, (6, 3, 1))[0]))
    return table


@pytest.mark.parametrize(("models", "most"), [(60, 500_000), (120, 2_500_000)])
def test_work_grows_little_with_the_tables(models: int, most: int) -> None:
    table = skewed_table(models, models // 6, models * 5)
    with at_most(most):
        hidden = suppressed_rows(cells_of(table), 5)
    assert models / 4 < len(hidden) < models


def row(like: AccessRequest, version: PolicyVersion, state: str) -> None:
    ended = {"closed_at": like.created_at, "closed_by": version.author}
    ended |= {"denial": "other", "ask_again_on": like.created_at} if state == "denied" else {}
    AccessRequest.objects.create(
        requester=like.requester,
        policy_version=version,
        state=state,
        created_at=like.created_at,
        submitted_at=like.created_at,
        **ended,
    )


@pytest.mark.django_db
def test_the_page_works_it_out_once_in_some_minutes(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    worked_out: list[int] = []
    real = statistics.statistics_tables

    def counted() -> statistics.StatisticsTables:
        worked_out.append(1)
        return real()

    monkeypatch.setattr(statistics, "statistics_tables", counted)
    assert [client.get("/numbers/").status_code for _ in range(3)] == [200] * 3
    assert len(worked_out) == 1


@pytest.mark.django_db
def test_five_granted_under_one_policy_and_one_denied_under_another_are_not_told_apart(
    draft: AccessRequest, policy: Policy, client: Client
) -> None:
    other = Policy.objects.create(slug="other", name="Other", owners=policy.owners)
    current = policy.current
    assert current
    version = PolicyVersion.objects.create(policy=other, number=1, terms="", author=current.author)
    for _ in range(5):
        row(draft, current, "approved")
    row(draft, version, "denied")
    found = statistics.statistics_tables()
    overall = found.overall
    assert (overall.granted, overall.denied, overall.shows_outcomes) == (5, 1, True)
    assert [(line.name, line.asked, line.shows_outcomes) for line in found.by_policy] == [
        ("Opus 3", 5, False),
        ("Other", 1, False),
    ]
    assert "Opus 3 5 hidden: it would reveal a smaller row Other 1 not enough data" in page(
        client.get("/numbers/")
    )
