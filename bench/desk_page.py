"""The part of docs/performance.md about the review desk."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from bench import page_tables
from bench.timing import PageTimes

SAYS = """
Measured {day} on {cores} cores of {kind}, Python {python}, with `make bench OF=desk`: {open:,} open requests, all waiting for one reviewer,
{grants:,} grants with a key and its use, as many people and institutions, a request with {events} events, {votes} votes and {files} files, and a
draft of {steps} steps and {questions} questions. Pages are asked for as those of the register are, {times} times in each of {rounds} rounds, and
queries counted with {few} of each, too. The load average of the last quarter of an hour was {load}.

| goal | measured |
|---|---|
| p95 under {most} ms of CPU for each page, also when cold | {slowest} |
| p95 under {most} ms by the clock, when warm | {latest} |
| median under {most} ms by the clock, when warm | {middle} |
| as many queries for {open:,} requests as for {few} | {growing} |

"""
CONSTANT = "every page"


def write(page: Path, pages: Sequence[PageTimes], facts: Mapping[str, int]) -> None:
    measured = page_tables.goals(pages, facts["most"], CONSTANT)
    text = SAYS.format(**page_tables.machine(), **measured, **facts)
    page_tables.write(page, page_tables.DESK, text + page_tables.table(pages))
