"""The part of docs/performance.md about the register's pages."""

import os
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench.timing import PageTimes
from lifecycle.config import env

PAGE = env.ROOT / "docs" / "performance.md"
HEADING = "\n## The register\n"
SAYS = """
Measured {day} on {cores} cores of {kind}, Python {python}, with `make bench OF=register`: {models:,} models with {retirements:,} retirements,
{changes:,} changes of their dates, {promises:,} promises and {events:,} events. In {rounds} rounds, a process as it serves the site is asked
{times} times for each page, by somebody who is signed in; of each page the quietest round counts. “Cold” calls come right after the cache was emptied.
CPU is what the process and PostgreSQL computed for a call, without other work on the machine, which the clock counts too. Queries are those of a
cold call, first with a tenth of the models, then with all; a page of promises asks for the kinds of promises that are on it. A call of the API for
200 rows is four pages in one, so it is measured, but the goals are for pages of the usual size.

Where p95 is far above the median, Python's garbage collector ran in the call. Rows that were fetched together refer to each other, so only the
collector frees them: of a list in the API about 10,000 objects, for 40 to 50 ms after each sixth call.

| goal | measured |
|---|---|
| p95 under {most} ms of CPU for each page, also when cold | {slowest} |
| p95 under {most} ms by the clock, when warm | {latest} |
| median under {most} ms by the clock, when warm | {middle} |
| as many queries for {models:,} models as for {few} | {growing} |

"""
CONSTANT = "every page, but for kinds of promises"
HEAD = """| | warm, ms: median | p95 | CPU p95 | cold, ms: median | p95 | CPU p95 | queries | kB |
|---|---|---|---|---|---|---|---|---|
"""


def table(pages: Sequence[PageTimes]) -> str:
    return HEAD + "".join(map(_line, pages))


def _line(page: PageTimes) -> str:
    calls = (page.warm, page.cold)
    figures = (f"{one.median:.0f} | {one.p95:.0f} | {one.busy_p95:.0f}" for one in calls)
    few, many = page.queries_of_few, page.queries
    asked = f"{many}" if few == many else f"{few} to {many}"
    return f"| {page.name} | {' | '.join(figures)} | {asked} | {page.size / 1000:.0f} |\n"


def write(page: Path, pages: Sequence[PageTimes], facts: Mapping[str, int]) -> None:
    """Put the figures after those of the check, in place of earlier ones."""
    text = SAYS.format(
        day=datetime.now(UTC).date(),
        cores=os.cpu_count(),
        kind=f"{platform.machine()}, {platform.system()}",
        python=platform.python_version(),
        **goals(pages, facts["most"]),
        **facts,
    )
    check = page.read_text().partition(HEADING)[0]
    page.write_text(check + HEADING + text + table(pages))


def goals(pages: Sequence[PageTimes], most: int) -> dict[str, str]:
    """What was measured of each, by the page that is the furthest from it."""
    usual = [one for one in pages if one.is_of_usual_size]
    growing = [one.name for one in pages if not one.is_constant]
    return {
        "slowest": _worst({one.name: one.busy_p95 for one in usual}, most),
        "latest": _worst({one.name: one.warm.p95 for one in usual}, most),
        "middle": _worst({one.name: one.warm.median for one in usual}, most),
        "growing": f"missed: {', '.join(growing)}" if growing else CONSTANT,
    }


def _worst(milliseconds: Mapping[str, float], most: int) -> str:
    name = max(milliseconds, key=milliseconds.__getitem__)
    missed = "missed: " if milliseconds[name] >= most else ""
    return f"{missed}{milliseconds[name]:.0f} ms ({name})"


def kept(page: Path) -> str:
    """Return the part as it stands in the page, for who writes the rest of it."""
    _, heading, text = page.read_text().partition(HEADING) if page.exists() else ("", "", "")
    return heading + text
