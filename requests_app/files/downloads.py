"""How content leaves: as a download that no browser draws or runs, and that no cache keeps."""

from django.http import FileResponse

from requests_app.files import storage
from requests_app.models import Attachment


def answer(row: Attachment) -> FileResponse:
    """The caller has seen to it that the person may read it."""
    response = FileResponse(
        storage.open_verified(row.public_id, row.digest),
        as_attachment=True,
        filename=row.name,
        content_type="application/octet-stream",
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, no-store"
    return response
