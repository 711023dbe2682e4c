"""The only code that knows where the content of files lies: in one folder, by random names."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from django.conf import settings


class TooLong(Exception):
    """There is more of it than may be kept."""


def keep(name: str, pieces: Iterable[bytes], *, most: int) -> tuple[int, str]:
    """Write a new file, to the disk and not only towards it; its size in bytes and its SHA-256.

    Raises TooLong when there is more than `most`. Whatever is raised, nothing is left behind.
    """
    size, digest = 0, hashlib.sha256()
    try:
        with open(os.open(_path(name), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            for piece in pieces:
                size += len(piece)
                if size > most:
                    raise TooLong
                digest.update(piece)
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        drop(name)
        raise
    _sync(_folder())
    return size, digest.hexdigest()


def opened(name: str) -> IO[bytes]:
    return _path(name).open("rb")


def drop(name: str) -> None:
    with suppress(FileNotFoundError):
        _path(name).unlink()


def kept_before(moment: datetime) -> Iterator[str]:
    """Names of all that was written before."""
    for entry in os.scandir(_folder()):
        if entry.is_file() and datetime.fromtimestamp(entry.stat().st_mtime, UTC) < moment:
            yield entry.name


def _path(name: str) -> Path:
    return _folder() / name


def _folder() -> Path:
    folder: Path = settings.FILES_FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _sync(folder: Path) -> None:
    """So that the name, too, outlives a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
