"""Send files as downloads that browsers don't render or run and caches don't store."""

from django.http import FileResponse

from requests_app.files import storage
from requests_app.models import Attachment


def answer(row: Attachment) -> FileResponse:
    """Return the response; the caller has checked that the person may read the file."""
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
