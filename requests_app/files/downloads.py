"""Send files that browsers don't run and caches don't store: to keep, or to be drawn in a frame."""

from collections.abc import Mapping

from django.http import FileResponse

from requests_app.files import storage
from requests_app.models import Attachment, FileKind

RUNS_NOTHING = "default-src 'none'; sandbox"
DRAWN: Mapping[str, str] = {
    FileKind.PDF: "application/pdf",
    FileKind.PNG: "image/png",
    FileKind.JPEG: "image/jpeg",
}


def answer(row: Attachment) -> FileResponse:
    """Return the file to keep; the caller has checked that the person may read it."""
    response = _sent(row, as_attachment=True, content_type="application/octet-stream")
    response["Content-Security-Policy"] = RUNS_NOTHING
    return response


def drawn(row: Attachment) -> FileResponse:
    """Return a file of a type in `DRAWN` for a frame or an image on a page of this site alone."""
    response = _sent(row, as_attachment=False, content_type=DRAWN[row.kind])
    response["Content-Security-Policy"] = f"{RUNS_NOTHING}; frame-ancestors 'self'"
    response["X-Frame-Options"] = "SAMEORIGIN"
    return response


def _sent(row: Attachment, *, as_attachment: bool, content_type: str) -> FileResponse:
    response = FileResponse(
        storage.open_verified(row.public_id, row.digest),
        as_attachment=as_attachment,
        filename=row.name,
        content_type=content_type,
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, no-store"
    return response
