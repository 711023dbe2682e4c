"""The part of docs/performance.md about the register's pages."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from bench import page_tables
from bench.timing import PageTimes

SAYS = """
Measured {day} on {cores} cores of {kind}, Python {python}, with `make bench OF=register`: {models:,} models with {retirements:,} retirements,
{changes:,} changes of their dates, {promises:,} promises and {events:,} events. In {rounds} rounds, a process as it serves the site is asked
{times} times for each page, by somebody who is signed in; of each page the quietest round counts. “Cold” calls come right after the cache was emptied.
CPU is what the process and PostgreSQL computed for a call, without other work on the machine, which the clock counts too. Queries are those of a
cold call, first with a tenth of the models, then with all; a page of promises asks for the kinds of promises that are on it. A call of the API for
200 rows is four pages in one, so it is measured, but the goals are for pages of the usual size. The load average of the last quarter of an hour was
{load}: above {cores}, others wait for the same cores and caches, and CPU for a call is up to twice that of an idle machine.

Where p95 is far above the median, Python's garbage collector ran in the call. Rows that were fetched together refer to each other, so only the
collector would free them. Lists of models therefore part their rows as soon as they are written (`lifecycle/serving/release.py`).

| goal | measured |
|---|---|
| p95 under {most} ms of CPU for each page, also when cold | {slowest} |
| p95 under {most} ms by the clock, when warm | {latest} |
| median under {most} ms by the clock, when warm | {middle} |
| as many queries for {models:,} models as for {few} | {growing} |

"""
CONSTANT = "every page, but for kinds of promises"


def write(page: Path, pages: Sequence[PageTimes], facts: Mapping[str, int]) -> None:
    measured = page_tables.goals(pages, facts["most"], CONSTANT)
    text = SAYS.format(**page_tables.machine(), **measured, **facts)
    page_tables.write(page, page_tables.REGISTER, text + page_tables.table(pages))
