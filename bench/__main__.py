"""Measures the check and its peers in turn, and writes docs/performance.md and its picture.

`python -m bench` needs wrk (Debian: apt-get install wrk) and the extra `bench`.
"""

import argparse
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.environment import prepare

prepare()

import django  # noqa: E402 - after the environment
from django.db import connection  # noqa: E402

from bench import page, pieces, targets  # noqa: E402
from bench.load import Measured, Target, measure  # noqa: E402
from bench.table import Rounds  # noqa: E402
from lifecycle.config import env  # noqa: E402

PAGE = env.ROOT / "docs" / "performance.md"


def main() -> None:
    options = arguments()
    if shutil.which("wrk") is None:
        sys.exit("wrk isn't installed. On Debian and Ubuntu: apt-get install wrk")
    django.setup()
    from bench import data

    keys = data.make()
    connection.close()  # what is copied must have no connection
    with TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)  # nginx's worker may be somebody else
        print(f"Making {options.keys:,} keys, and starting everything.", flush=True)
        with targets.targets(folder, keys.free, keys.limited, options.keys) as lines:
            found = run(lines, options, folder)
    print(page.write(options.page, vars(options), found, pieces.pieces()))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--seconds", type=int, default=1, help="for each line in each round")
    parser.add_argument("--keys", type=int, default=1_000_000)
    parser.add_argument("--page", type=Path, default=PAGE, help="what to write")
    return parser.parse_args()


def run(lines: Sequence[Target], options: argparse.Namespace, folder: Path) -> Rounds:
    found: dict[str, list[Measured]] = {line.name: [] for line in lines}
    for line in lines:
        measure(line, 1, folder)  # connections, plans and caches
    for number in range(options.rounds):
        print(f"Round {number + 1} of {options.rounds}", flush=True)
        for line in lines:
            found[line.name].append(measure(line, options.seconds, folder))
    return found


if __name__ == "__main__":
    main()
