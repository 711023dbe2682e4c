"""This machine: secrets, disk, static files, and Django's own checks."""

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core import checks

from lifecycle.config import env
from lifecycle.embedded import embedded
from requests_app.reports.health.findings import Finding, ok, problem, warning

MIB = 1024**2
LOW_BYTES, MIN_BYTES = 1024 * MIB, 100 * MIB
MIN_DISTINCT_BYTES = 16  # 32 random bytes have about 30 different ones
MIN_DISTINCT_CHARACTERS = 16
COLLECT = "Run `manage.py collectstatic --no-input`, and start the site again."


def secrets() -> Iterator[Finding]:
    """Yield on the strength of secrets; env.py has refused short ones already."""
    weak = [number for number, pepper in settings.KEY_PEPPERS.items() if not _is_random(pepper)]
    for number in weak:
        found = f"Version {number} of KEY_PEPPERS doesn't look random."
        yield problem("secrets", found, "Make one by `openssl rand -base64 32` (docs/keys.md).")
    if len(set(settings.SECRET_KEY)) < MIN_DISTINCT_CHARACTERS:
        found = "SECRET_KEY doesn't look random."
        yield problem("secrets", found, "Make one by `openssl rand -base64 48`.")
    elif not weak:
        yield ok("secrets", "SECRET_KEY and KEY_PEPPERS are long and look random.")
    path = env.env_file()
    if path.exists() and path.stat().st_mode & stat.S_IROTH:
        yield warning("secrets", f"Everybody can read {path}.", f"Run `chmod 600 {path}`.")


def _is_random(pepper: bytes) -> bool:
    return len(set(pepper)) >= MIN_DISTINCT_BYTES


def disk() -> Iterator[Finding]:
    yield _space("FILES_FOLDER", Path(settings.FILES_FOLDER))
    if settings.LOCAL:  # else var holds static files alone, which may be read-only
        yield _space("var", embedded.var())


def _space(name: str, folder: Path) -> Finding:
    there = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(there).free
    found = f"{free // MIB:,} MiB are free at {folder} ({name})."
    if not os.access(there, os.W_OK | os.X_OK):
        return problem("disk", f"This user can't write to {there} ({name}).", "Change its owner.")
    if free < LOW_BYTES:
        return (problem if free < MIN_BYTES else warning)("disk", found, "Make room.")
    return ok("disk", found)


def static_files() -> Iterator[Finding]:
    by_name: dict[str, str] | None = getattr(staticfiles_storage, "hashed_files", None)
    if by_name is None:
        yield ok("static files", "They are served from the source; nothing is to collect.")
        return
    collected = set(by_name)
    wanted = {path for finder in finders.get_finders() for path, _ in finder.list([])}
    missing = sorted(wanted - collected)
    if not collected:
        yield problem("static files", f"None are in {settings.STATIC_ROOT}.", COLLECT)
    elif missing:
        found = f"{len(missing)} aren't collected, such as {missing[0]}."
        yield problem("static files", found, COLLECT)
    else:
        yield ok("static files", f"{len(collected)} are collected.")


def system_checks(with_database: bool) -> Iterator[Finding]:
    """Yield what `manage.py check --deploy --database default` says."""
    databases = ["default"] if with_database else None
    messages = checks.run_checks(include_deployment_checks=True, databases=databases)
    for message in messages:
        serious = message.is_serious(checks.ERROR)
        found = f"{message.msg} ({message.id})".replace("\n", " ")
        hint = message.hint or "See Django's documentation of this check."
        yield (problem if serious else warning)("checks", found, hint)
    if not messages:
        yield ok("checks", "`manage.py check --deploy` finds nothing.")
