"""Tables of pages in docs/performance.md: a part for each, after the one about the check."""

import os
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench.timing import PageTimes
from lifecycle.config import env

PAGE = env.ROOT / "docs" / "performance.md"
REGISTER, DESK = "\n## The register\n", "\n## The review desk\n"  # in this order
NEXT = "\n## "
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


def machine() -> dict[str, object]:
    """When and where it was measured."""
    return {
        "day": datetime.now(UTC).date(),
        "cores": os.cpu_count(),
        "kind": f"{platform.machine()}, {platform.system()}",
        "python": platform.python_version(),
        "load": f"{os.getloadavg()[2]:.1f}",
    }


def goals(pages: Sequence[PageTimes], most: int, constant: str) -> dict[str, str]:
    """What was measured of each, by the page that is the furthest from it."""
    usual = [one for one in pages if one.is_of_usual_size]
    growing = [one.name for one in pages if not one.is_constant]
    return {
        "slowest": _worst({one.name: one.busy_p95 for one in usual}, most),
        "latest": _worst({one.name: one.warm.p95 for one in usual}, most),
        "middle": _worst({one.name: one.warm.median for one in usual}, most),
        "growing": f"missed: {', '.join(growing)}" if growing else constant,
    }


def _worst(milliseconds: Mapping[str, float], most: int) -> str:
    name = max(milliseconds, key=milliseconds.__getitem__)
    missed = "missed: " if milliseconds[name] >= most else ""
    return f"{missed}{milliseconds[name]:.0f} ms ({name})"


def write(page: Path, heading: str, text: str) -> None:
    """Put a part in place of the earlier one, or at the end."""
    before, _, old = page.read_text().partition(heading)
    _, following, after = old.partition(NEXT)
    page.write_text(before + heading + text + following + after)


def kept(page: Path) -> str:
    """Return the parts as they stand in the page, for who writes what is before them."""
    text = page.read_text() if page.exists() else ""
    starts = [text.find(heading) for heading in (REGISTER, DESK) if heading in text]
    return text[min(starts) :] if starts else ""
