"""Log that somebody on the review desk opens a request, an unpublished essay, or a report."""

from django.utils import timezone

from lifecycle.people.models import User
from lifecycle.voice.models import Essay
from lifecycle.voice.states import EssayState
from requests_app.models import AccessRequest, Attachment, Policy, ReadLogEntry


def record_read(
    access_request: AccessRequest, *, by: User, file: Attachment | None = None
) -> ReadLogEntry:
    """Log a read before the page or file is sent, so that nothing is read without a row.

    It isn't an event: nothing changes, and readers must not wait for the chain's lock.
    """
    return ReadLogEntry.objects.create(
        access_request=access_request, person=by, file=file, at=timezone.now()
    )


def record_read_of_essay(essay: Essay, *, by: User) -> None:
    """Log a read of an essay, as above. What is published anybody may read."""
    if essay.state != EssayState.PUBLISHED:
        ReadLogEntry.objects.create(essay=essay, person=by, at=timezone.now())


def record_read_of_report(policy: Policy, *, by: User, report: str = "") -> None:
    """Log that somebody gets a policy's report, or this file of it, which names people."""
    ReadLogEntry.objects.create(policy=policy, report=report, person=by, at=timezone.now())
