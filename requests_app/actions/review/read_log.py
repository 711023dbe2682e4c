"""Log that somebody on the review desk opens a request."""

from django.utils import timezone

from lifecycle.people.models import User
from requests_app.models import AccessRequest, Attachment, ReadLogEntry


def record_read(
    access_request: AccessRequest, *, by: User, file: Attachment | None = None
) -> ReadLogEntry:
    """Log a read before the page or file is sent, so that nothing is read without a row.

    It isn't an event: nothing changes, and readers must not wait for the chain's lock.
    """
    return ReadLogEntry.objects.create(
        access_request=access_request, person=by, file=file, at=timezone.now()
    )
