"""The suite itself: in any number of workers, beside others."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lifecycle.config.env import ROOT
from tests.support.soak_sizes import some

pytestmark = pytest.mark.stack

ONE = """
import psycopg
import redis

from lifecycle.embedded import embedded

def test_reaches_them():
    with psycopg.connect(embedded.database_url()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert redis.Redis.from_url(embedded.redis_url()).ping()
"""


@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """To make the databases takes longer than all else in these runs."""
    return tmp_path_factory.mktemp("runs") / "var"


@pytest.mark.parametrize("workers", some([["-n0"], ["-n", "0"], ["-n1"], []], 2), ids=" ".join)
def test_a_run_has_its_servers_with_any_number_of_workers(
    tmp_path: Path, var: Path, workers: list[str]
) -> None:
    (tmp_path / "test_one.py").write_text(ONE)
    ours = ("PYTEST", "DJANGO_SETTINGS_MODULE")
    kept = {name: told for name, told in os.environ.items() if not name.startswith(ours)}
    kept |= {"DATABASE_URL": "", "REDIS_URL": "", "EMERITUS_VAR": str(var)}
    config = ["--rootdir", str(ROOT), "-c", str(ROOT / "pyproject.toml"), "-p", "no:cacheprovider"]
    config += ["-o", "DJANGO_SETTINGS_MODULE="]  # the test needs no models
    run = [sys.executable, "-m", "pytest", *config, *workers, str(tmp_path / "test_one.py")]
    done = subprocess.run(run, cwd=ROOT, env=kept, capture_output=True, text=True, check=False)
    assert "1 passed" in done.stdout, done.stdout + done.stderr


def test_runs_that_go_on_at_once_have_names_of_their_own() -> None:
    """Each holds its own until it ends."""
    module = "from tests.support import parallel_runs as runs"
    code = f"import sys; {module}; print(runs.suffix(), flush=True); sys.stdin.read()"
    kept = {name: told for name, told in os.environ.items() if name != "EMERITUS_TEST_RUN"}
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env=kept,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    names = [run.stdout.readline() for run in runs]
    for run in runs:
        run.communicate()
    assert len(set(names)) == 3
