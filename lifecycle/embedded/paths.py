"""The only code that knows where the embedded servers' files are, and who can reach them."""

import hashlib
import os
import pwd
import stat
from contextlib import suppress
from pathlib import Path

from lifecycle.config.env_reader import ROOT, env

SOCKET_PATH_BYTES = 103  # macOS; Linux takes 107


class EmbeddedError(RuntimeError):
    """The embedded servers can't be used; the sentence says what to do."""


def var() -> Path:
    return (ROOT / (env.str("EMERITUS_VAR", "") or "var")).resolve()


def log_path(name: str) -> Path:
    return var() / "log" / f"{name}.log"


def log_tail(name: str, lines: int = 15) -> str:
    path = log_path(name)
    text = path.read_text(errors="replace") if path.exists() else ""
    return "\n".join([f"The end of {path}:", *text.splitlines()[-lines:]])


def postgres_sockets() -> Path:
    return sockets() / "postgres"


def valkey_socket() -> Path:
    return sockets() / "valkey" / "valkey.sock"


def sockets() -> Path:
    """Under var/, or under /tmp where that is too deep for a socket or closed to PostgreSQL.

    Not under TMPDIR: every process has to come to the same answer.
    """
    inside = var() / "run"
    longest = os.fsencode(inside / "postgres" / ".s.PGSQL.5432")
    one_host = b"," not in longest  # which libpq takes for the next host
    if len(longest) <= SOCKET_PATH_BYTES and one_host and reachable(var()):
        return inside
    name = hashlib.sha256(os.fsencode(var())).hexdigest()[:16]
    return Path("/tmp").resolve() / f"emeritus-{os.geteuid()}-{name}"  # noqa: S108 - see above


def server_account() -> pwd.struct_passwd | None:
    """Who PostgreSQL runs as: `nobody` for root, whom it refuses; otherwise ourselves, None."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("nobody")
    except KeyError:
        raise EmbeddedError(
            "PostgreSQL refuses to run as root, and there is no user `nobody` to run it as. "
            "Run as an ordinary user, or set DATABASE_URL and REDIS_URL."
        ) from None


def reachable(path: Path) -> bool:
    """Whether PostgreSQL's account may pass through `path` and all above it that exist."""
    account = server_account()
    folders = [folder for folder in (path, *path.parents) if folder.exists()]
    return account is None or all(_lets_pass(folder.stat(), account) for folder in folders)


def _lets_pass(folder: os.stat_result, account: pwd.struct_passwd) -> bool:
    if folder.st_uid == account.pw_uid:
        return bool(folder.st_mode & stat.S_IXUSR)
    if folder.st_gid == account.pw_gid:
        return bool(folder.st_mode & stat.S_IXGRP)
    return bool(folder.st_mode & stat.S_IXOTH)


def make_folder(path: Path, mode: int) -> None:
    """One that exists keeps its mode: it may be somebody's choice."""
    with suppress(FileExistsError):
        path.mkdir()
        path.chmod(mode)
