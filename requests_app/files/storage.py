"""The only code that accesses stored files: one folder, random names."""

import hashlib
import logging
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from django.conf import settings
from django.utils.translation import gettext as _

from requests_app.refusals import Unavailable

log = logging.getLogger(__name__)


class FileTooLarge(Exception):
    """The content exceeds its limit."""


def store(name: str, pieces: Iterable[bytes], *, max_bytes: int) -> tuple[int, str]:
    """Write a new file and sync it to disk; return its size in bytes and its SHA-256.

    Raises FileTooLarge beyond `max_bytes`, and Unavailable if the disk refuses. After an error
    nothing is left behind.
    """
    try:
        with disk_errors_as_refusals():
            return _written(_path(name), pieces, max_bytes)
    except BaseException:
        with suppress(OSError):
            delete(name)
        raise


def _written(path: Path, pieces: Iterable[bytes], max_bytes: int) -> tuple[int, str]:
    size, digest = 0, hashlib.sha256()
    # O_EXCL: an existing file is never overwritten.
    with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        for piece in pieces:
            size += len(piece)
            if size > max_bytes:
                raise FileTooLarge
            digest.update(piece)
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    # Synced before the row is committed: a row must never outlive its file.
    _sync(path.parent)
    return size, digest.hexdigest()


@contextmanager
def disk_errors_as_refusals() -> Iterator[None]:
    """Turn a full or broken disk into a refusal and a log entry."""
    try:
        yield
    except OSError as fault:
        log.error("A file can't be stored: %s", fault)
        sentence = _("We can't store files right now. Keep your copy and try again later.")
        raise Unavailable(sentence) from fault


def open_verified(name: str, digest: str) -> IO[bytes]:
    """Open the content after comparing its SHA-256. Raises Unavailable if it differs."""
    try:
        file = _path(name).open("rb")
    except OSError as fault:
        log.error("The content of %s can't be read: %s", name, fault)
        sentence = _("This file is missing from the server. The site operator can restore it.")
        raise Unavailable(sentence) from fault
    # Checked at each download: reviewers voted on exactly this content.
    if hashlib.file_digest(file, "sha256").hexdigest() == digest:
        file.seek(0)
        return file
    file.close()
    log.error("The content of %s isn't what was attached: its SHA-256 differs.", name)
    sentence = _("This file has changed on the server since it was attached, so it isn't shown.")
    raise Unavailable(sentence)


def delete(name: str) -> None:
    with suppress(FileNotFoundError):
        _path(name).unlink()


def stored_before(moment: datetime) -> Iterator[str]:
    """Return the names of all files written before `moment`."""
    for entry in os.scandir(_folder()):
        with suppress(FileNotFoundError):  # another sweep has deleted it
            written = datetime.fromtimestamp(entry.stat().st_mtime, UTC)
            if entry.is_file() and written < moment:
                yield entry.name


def _path(name: str) -> Path:
    return _folder() / name


def _folder() -> Path:
    folder: Path = settings.FILES_FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _sync(folder: Path) -> None:
    """Sync the folder, so that the file's name survives a power failure too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
