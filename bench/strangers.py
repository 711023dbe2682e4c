"""What a known key feels of a crowd: `python -m bench.strangers`, as ratios of its p99.

One caller asks with a known key while 200 connections ask with the same known key, or with keys
that are well formed and unknown. The second costs more than the first only by the look-ups.
"""

import argparse
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from bench.environment import prepare

prepare()

import django  # noqa: E402 - after the environment

from bench.load import MANY_KEYS, on_core  # noqa: E402
from bench.servers import CHECK, serve  # noqa: E402
from bench.targets import NAMED  # noqa: E402
from requests_app import key_format  # noqa: E402

CROWD, KEYS = 200, 50_000
ALONE, KNOWN, UNKNOWN = "alone", "beside known keys", "beside unknown keys"


@dataclass(frozen=True)
class Latency:
    """Milliseconds, and how often each status came."""

    p50: float
    p99: float
    statuses: Counter[int]


def main() -> None:
    options = arguments()
    django.setup()
    from bench import data

    free = data.make().free
    with TemporaryDirectory() as name, serve(folder := Path(name), *CHECK) as url:
        (folder / "unknown").write_text("\n".join(key_format.new() for _ in range(KEYS)))
        scripts = {
            ALONE: None,
            KNOWN: f'wrk.headers["X-Api-Key"] = "{free}"',
            UNKNOWN: MANY_KEYS % (folder / "unknown"),
        }
        rounds = [
            {name: measure_latency(url, free, script, folder) for name, script in scripts.items()}
            for _ in range(options.rounds)
        ]
    report(rounds)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.strangers")
    parser.add_argument("--rounds", type=int, default=5)
    return parser.parse_args()


def measure_latency(url: str, secret: str, script: str | None, folder: Path) -> Latency:
    if script is None:
        return ask(url, secret)
    with crowd(url, script, folder):
        return ask(url, secret)


@contextmanager
def crowd(url: str, script: str, folder: Path) -> Iterator[None]:
    (folder / "crowd.lua").write_text(script)
    headers = [word for pair in NAMED.items() for word in ("-H", ": ".join(pair))]
    load = ["wrk", "-t1", f"-c{CROWD}", "-d60s", "-s", str(folder / "crowd.lua"), *headers]
    process = subprocess.Popen(on_core(1, *load, f"{url}/gateway/check"), stdout=subprocess.DEVNULL)
    try:
        time.sleep(1)  # until all of it has come
        yield
    finally:
        process.kill()
        process.wait()


def ask(url: str, secret: str, seconds: float = 4) -> Latency:
    connection = HTTPConnection(urlsplit(url).netloc)
    headers = {**NAMED, "X-Api-Key": secret}
    times, statuses, end = [], Counter[int](), time.perf_counter() + seconds
    while (began := time.perf_counter()) < end:
        connection.request("GET", "/gateway/check", headers=headers)
        answer = connection.getresponse()
        answer.read()
        times.append(1000 * (time.perf_counter() - began))
        statuses[answer.status] += 1
    cuts = quantiles(times, n=100)
    return Latency(cuts[49], cuts[98], statuses)


def report(rounds: list[dict[str, Latency]]) -> None:
    for name in (ALONE, KNOWN, UNKNOWN):
        p50, p99 = (median(getattr(each[name], p) for each in rounds) for p in ("p50", "p99"))
        statuses = sum((each[name].statuses for each in rounds), Counter[int]())
        sys.stdout.write(f"A known key {name}: p50 {p50:.1f} ms, p99 {p99:.1f} ms, {statuses}\n")
    ratio = median(each[UNKNOWN].p99 / each[KNOWN].p99 for each in rounds)
    sys.stdout.write(f"Its p99 beside unknown keys is {ratio:.1f} × that beside known ones.\n")
    if any(each[UNKNOWN].statuses.keys() != {204} for each in rounds):
        sys.exit("A known key was refused.")


if __name__ == "__main__":
    main()
