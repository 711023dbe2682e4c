"""The load: wrk on a core of its own, with 8 connections."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

CONNECTIONS = 8
TICK = 1e6 / os.sysconf("SC_CLK_TCK")  # microseconds
# It prints what counts as JSON; a status that isn't the expected one spoils the measurement.
REPORT = """
done = function(summary, latency, requests)
  io.write(string.format('{"requests": %d, "microseconds": %d, "refused": %d, "failed": %d, ' ..
    '"p50": %d, "p99": %d}\\n', summary.requests, summary.duration, summary.errors.status,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
"""
MANY_KEYS = """
local lines, place = {}, 0
for line in io.lines("%s") do lines[#lines + 1] = line end
request = function()
  place = place %% #lines + 1
  wrk.headers["X-Api-Key"] = lines[place]
  return wrk.format()
end
"""
POST = 'wrk.method = "POST"\n'
FORM = """
wrk.method, wrk.body = "POST", "%s"
wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
"""


@dataclass(frozen=True)
class Target:
    """What is asked, and whether a refusal is what is expected."""

    name: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)
    script: str = ""
    refused: bool = False


@dataclass(frozen=True)
class Measured:
    """One round. Latencies are in milliseconds, what the servers used in microseconds a call."""

    per_second: float
    p50: float
    p99: float
    user: float
    system: float


def measure(target: Target, seconds: int, folder: Path) -> Measured:
    script = folder / "wrk.lua"
    script.write_text(target.script + REPORT)
    headers = [word for pair in target.headers.items() for word in ("-H", ": ".join(pair))]
    load = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(script), *headers]
    before = used()
    result = subprocess.run(
        on_core(1, *load, target.url), capture_output=True, check=True, text=True
    )
    user, system = (now - then for now, then in zip(used(), before, strict=True))
    found = json.loads(result.stdout.splitlines()[-1])
    calls = found["requests"]
    if found["refused"] != (calls if target.refused else 0) or found["failed"]:
        raise RuntimeError(f"{target.name}: {found}")
    per_second = calls * 1e6 / found["microseconds"]
    latencies = found["p50"] / 1000, found["p99"] / 1000
    return Measured(per_second, *latencies, user / max(calls, 1), system / max(calls, 1))


def on_core(number: int, *command: str) -> list[str]:
    """Servers share the first core, the load has the second, where there are two and taskset."""
    if (os.cpu_count() or 1) > 1 and Path("/usr/bin/taskset").exists():
        return ["/usr/bin/taskset", "-c", str(number), *command]
    return list(command)


def used() -> tuple[float, float]:
    """Microseconds of CPU that the servers have used, in user mode and in the kernel."""
    rows = {row[0]: row for row in _processes()}
    ours = [row for row in rows.values() if _is_ours(row, rows)]
    return sum(row[2] for row in ours) * TICK, sum(row[3] for row in ours) * TICK


def _processes() -> Iterator[tuple[int, int, int, int]]:
    """Number, parent, ticks in user mode, ticks in the kernel."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(OSError):
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
                yield int(folder.name), int(fields[1]), int(fields[11]), int(fields[12])


def _is_ours(row: tuple[int, int, int, int], rows: dict[int, tuple[int, int, int, int]]) -> bool:
    parent = rows.get(row[1])
    return parent is not None and (row[1] == os.getpid() or _is_ours(parent, rows))
