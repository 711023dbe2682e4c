"""Paths of the embedded servers' files, and who can reach them."""

import hashlib
import os
import pwd
import stat
from contextlib import suppress
from pathlib import Path

from lifecycle.config.env_reader import ROOT, env

SOCKET_PATH_BYTES = 103  # macOS; Linux takes 107


class EmbeddedError(RuntimeError):
    """The embedded servers can't be used; the message says what to do."""


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
    """Return the sockets' folder: under var/, or under /tmp if var/ is too deep or unreachable.

    Not under TMPDIR, which differs between processes that have to agree.
    """
    inside = var() / "run"
    longest = os.fsencode(inside / "postgres" / ".s.PGSQL.5432")
    one_host = b"," not in longest  # libpq separates hosts by commas
    if len(longest) <= SOCKET_PATH_BYTES and one_host and reachable(var()):
        return inside
    name = hashlib.sha256(os.fsencode(var())).hexdigest()[:16]
    return Path("/tmp").resolve() / f"emeritus-{os.geteuid()}-{name}"  # noqa: S108 - see above


def server_account() -> pwd.struct_passwd | None:
    """Return the account that runs PostgreSQL: `nobody` for root, else None for our own."""
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
    """Return whether PostgreSQL's account can pass through `path` and its existing parents."""
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
    """Create a folder; an existing one keeps its mode, which may be deliberate."""
    with suppress(FileExistsError):
        path.mkdir()
        path.chmod(mode)
