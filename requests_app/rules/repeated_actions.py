"""Whether somebody did just this a moment ago, so that pressing again finds it done."""

from datetime import timedelta

from django.utils import timezone

from lifecycle.people.models import User
from requests_app.models import Event

REPEAT_WINDOW = timedelta(minutes=1)
EVENT_OF_ACTION = {  # the last part of the kind of event that each leaves in the record
    "accept": "terms_accepted",
    "confirm": "confirmed",
    "end": "ended",
    "resume": "resumed",
    "revoke": "revoked",
    "submit": "submitted",
    "suspend": "suspended",
    "withdraw": "withdrawn",
}


def was_just_done(action: str, subject: str, *, by: User) -> bool:
    """`subject` is a public id. What else followed since doesn't matter."""
    if action not in EVENT_OF_ACTION:
        return False
    recent = Event.objects.filter(subject=subject, actor=by, at__gt=timezone.now() - REPEAT_WINDOW)
    return recent.filter(kind__endswith=f".{EVENT_OF_ACTION[action]}").exists()
