"""Attach, detach and clean up the files of requests."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from lifecycle.people.models import User
from lifecycle.text.normalization import comparable
from lifecycle.text.numbers import file_size
from requests_app.actions.requests.drafts import editable_revision
from requests_app.files import file_types, storage
from requests_app.models import AccessRequest, Attachment, Revision
from requests_app.refusals import Invalid, WrongState
from requests_app.rules.permissions import check
from requests_app.transitions.locks import lock_request
from requests_app.transitions.people_locks import lock_person
from requests_app.transitions.transition import record_event

log = logging.getLogger(__name__)

MIN_ORPHAN_AGE = timedelta(days=1)  # longer than any upload takes from its first byte to its commit


@dataclass(frozen=True)
class Upload:
    """An uploaded file: its name and its content, readable in chunks."""

    name: str
    file: IO[bytes]
    pieces: Iterable[bytes]


def attach(access_request: AccessRequest, upload: Upload, *, by: User) -> Attachment:
    """Attach a file to the draft. Raises Invalid with a sentence for `file`.

    The content is on disk before the row is committed, so a crash can leave a file without a row,
    for the sweep, but never a row without its file.
    """
    # Before the upload is stored; checked again under the lock, which isn't held meanwhile.
    check("edit", AccessRequest.objects.get(pk=access_request.pk), by)
    name = file_types.clean_name(upload.name)
    row = Attachment(name=name, kind=file_types.kind_of(name, upload.file))
    try:
        row.size, row.digest = storage.store(
            row.public_id, upload.pieces, max_bytes=settings.FILE_MAX_BYTES
        )
    except storage.FileTooLarge:
        raise Invalid({"file": too_large()}) from None
    try:
        return _attach(access_request, row, by=by)
    except BaseException:
        storage.delete(row.public_id)
        raise


def too_large() -> str:
    most = file_size(settings.FILE_MAX_BYTES)
    return _("This file is too large: the limit is %s. Compress or split it.") % most


@transaction.atomic
def _attach(access_request: AccessRequest, row: Attachment, *, by: User) -> Attachment:
    by = lock_person(by)
    access_request = lock_request(access_request.pk)
    now = timezone.now()
    check("edit", access_request, by)
    revision = editable_revision(access_request)
    _check_room(row, revision, by)
    row.owner, row.added_at = by, now
    row.save(force_insert=True)
    row.revisions.add(revision)
    _note("request.file_attached", revision, row, by=by, now=now)
    return row


def _check_room(row: Attachment, revision: Revision, by: User) -> None:
    """Refuse a file beyond the limits of its text or its owner, or whose name is taken."""
    there = list(revision.files.all())
    if len(there) >= settings.FILES_MAX:
        most = _("You can attach %d files at most. Remove one first.")
        raise Invalid({"file": most % len(there)})
    if comparable(row.name) in {comparable(other.name) for other in there}:
        twice = _("“%s” is already attached. Remove that file first.")
        raise Invalid({"file": twice % row.name})
    if sum(other.size for other in there) + row.size > settings.FILES_REQUEST_BYTES:
        raise Invalid(
            {"file": _quota_sentence(_("The files on this request"), "FILES_REQUEST_BYTES")}
        )
    mine = Attachment.objects.filter(owner=by).aggregate(all=Sum("size"))["all"] or 0
    if mine + row.size > settings.FILES_PERSON_BYTES:
        raise Invalid({"file": _quota_sentence(_("All your files"), "FILES_PERSON_BYTES")})


def _quota_sentence(what: str, setting: str) -> str:
    details = {"what": what, "most": file_size(getattr(settings, setting))}
    return _("%(what)s can't exceed %(most)s in total. Remove one first.") % details


@transaction.atomic
def detach(access_request: AccessRequest, file: str, *, by: User) -> Attachment:
    """Remove a file from the draft; submitted revisions keep it."""
    access_request = lock_request(access_request.pk)
    now = timezone.now()
    check("edit", access_request, by)
    revision = editable_revision(access_request)
    row = revision.files.filter(public_id=file).first()
    if row is None:
        raise WrongState(_("This file is no longer attached. Reload the page."))
    row.revisions.remove(revision)
    _note("request.file_detached", revision, row, by=by, now=now)
    if not row.revisions.exists():
        name = row.public_id
        row.delete()
        # After the commit: a rollback would bring back a row whose content is gone.
        transaction.on_commit(lambda: storage.delete(name), robust=True)
    return row


def _note(kind: str, revision: Revision, row: Attachment, *, by: User, now: datetime) -> None:
    """Record the file's metadata in the chain, never its content.

    Nor its name, which may say who somebody is: the chain outlives the file and the account.
    """
    details = {"file": row.public_id, "size": row.size, "sha256": row.digest}
    details |= {"revision": revision.number, "digest": revision.digest()}
    record_event(revision.access_request, kind, by=by, at=now, details=details)


def sweep(now: datetime) -> int:
    """Delete stored content that no row references and that isn't recent; return how many files."""
    found = set(storage.stored_before(now - MIN_ORPHAN_AGE))
    # Read after the listing: a file committed in between is in the rows.
    named = Attachment.objects.filter(public_id__in=found).values_list("public_id", flat=True)
    orphans = found - set(named)
    for name in orphans:
        storage.delete(name)
    if orphans:
        log.info("Removed %d files that no request names.", len(orphans))
    return len(orphans)
