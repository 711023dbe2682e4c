"""Notes that somebody on the review desk is about to read a request."""

from django.utils import timezone

from lifecycle.people.models import User
from requests_app.models import AccessRequest, Attachment, ReadLogEntry


def record_read(
    access_request: AccessRequest, *, by: User, file: Attachment | None = None
) -> ReadLogEntry:
    """Written before the page or file is given, so that nothing is read without a row about it.

    No event: nothing changes, and readers must not wait for the lock on the chain.
    """
    return ReadLogEntry.objects.create(
        access_request=access_request, person=by, file=file, at=timezone.now()
    )
