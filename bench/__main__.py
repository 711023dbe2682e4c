"""Measures the check and its peers in turn, and writes docs/performance.md and its picture.

`python -m bench` needs wrk (Debian: apt-get install wrk) and the extra `bench`.
"""

import argparse
import os
import platform
import shutil
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.environment import prepare

prepare()

import django  # noqa: E402 - after the environment

from bench.load import FORM, MANY_KEYS, Measured, Target, measure  # noqa: E402
from bench.servers import serve_all  # noqa: E402
from bench.table import BASE, Rounds, picture, table  # noqa: E402
from lifecycle.config import env  # noqa: E402
from requests_app.gateway import key_format  # noqa: E402

PAGE = env.ROOT / "docs" / "performance.md"
HOW = """# How fast the check is

Measured {day} on {machine}, Python {python}, by `make bench`: {rounds} rounds of {seconds} seconds,
every line once in each round. All are served by granian with one worker on one core; wrk has
another, with 8 connections. PostgreSQL and Valkey run beside them. "× Django ok" is the median over
rounds of what a line did against Django in the same round.

Peers are asked as their documentation has it, without middleware: djangorestframework-api-key and
django-rest-knox by a DRF view, django-oauth-toolkit by its introspection view.

![The ratios](performance.svg)
"""


def main() -> None:
    options = arguments()
    if shutil.which("wrk") is None:
        sys.exit("wrk isn't installed. On Debian and Ubuntu: apt-get install wrk")
    django.setup()
    from bench import data

    keys = data.make()
    with TemporaryDirectory() as name:
        folder = Path(name)
        with serve_all(folder) as at:
            few = run(targets(at, keys.free, keys.limited, [keys.free], folder), options, folder)
            some = data.fill(options.keys)
            many = run(targets(at, keys.free, keys.limited, some, folder), options, folder)
    write(options, few, many)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--keys", type=int, default=1_000_000)
    return parser.parse_args()


def targets(
    at: dict[str, str], free: str, limited: str, some: Sequence[str], folder: Path
) -> list[Target]:
    check, peers = f"{at['check']}/gateway/check", at["peers"]
    named = {"X-Emeritus-Model": "claude-3-opus-20240229", "X-Emeritus-Operation": "messages"}
    known, unknown = folder / "known", folder / "unknown"
    known.write_text("\n".join(some))
    unknown.write_text("\n".join(key_format.new() for _ in range(50_000)))
    form = {"Authorization": "Bearer introspection-token"}
    return [
        Target(BASE, f"{peers}/ok"),
        Target(
            "djangorestframework-api-key",
            f"{peers}/api-key",
            {"Authorization": f"Api-Key {at['api_key']}"},
        ),
        Target("django-rest-knox", f"{peers}/knox", {"Authorization": f"Token {at['knox']}"}),
        Target(
            "django-oauth-toolkit introspection",
            f"{peers}/introspect",
            form,
            FORM % "token=read-token",
        ),
        Target("ASGI, an application that says ok", at["bare"]),
        Target("The check, warm", check, {**named, "X-Api-Key": free}),
        Target("The check, warm, with a limit", check, {**named, "X-Api-Key": limited}),
        Target("The check, cold", check, named, MANY_KEYS % known),
        Target("The check, unknown keys", check, named, MANY_KEYS % unknown, refused=True),
        Target(
            "The check, bad checksum", check, {**named, "X-Api-Key": "emk_" + "0" * 36}, "", True
        ),
    ]


def run(targets: Sequence[Target], options: argparse.Namespace, folder: Path) -> Rounds:
    found: dict[str, list[Measured]] = {target.name: [] for target in targets}
    for target in targets:
        measure(target, 1, folder)  # connections, plans and caches
    for _ in range(options.rounds):
        for target in targets:
            found[target.name].append(measure(target, options.seconds, folder))
    return found


def write(options: argparse.Namespace, few: Rounds, many: Rounds) -> None:
    text = HOW.format(
        day=datetime.now(UTC).date(),
        machine=f"{os.cpu_count()} cores, {platform.system()} on {platform.machine()}",
        python=platform.python_version(),
        **vars(options),
    )
    text += f"\n## One key in the table\n\n{table(few)}"
    text += f"\n## {options.keys:,} keys in the table\n\n{table(many)}"
    notes = PAGE.read_text().partition("\n## What it says")[1:] if PAGE.exists() else ()
    PAGE.write_text(text + "".join(notes))
    PAGE.with_suffix(".svg").write_text(picture(many))
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
