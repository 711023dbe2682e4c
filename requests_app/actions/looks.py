"""Notes that somebody on the review desk is about to read a request."""

from django.utils import timezone

from lifecycle.people.models import User
from requests_app.models import AccessRequest, Look


def note_look(access_request: AccessRequest, *, by: User) -> Look:
    """Written before the page is made, so that nothing is read without a row that says so.

    No event: nothing changes, and readers must not wait for the lock on the chain.
    """
    return Look.objects.create(access_request=access_request, person=by, at=timezone.now())
