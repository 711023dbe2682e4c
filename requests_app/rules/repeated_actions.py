"""Detect that somebody repeats an action they performed a moment ago, as by a double click."""

from datetime import timedelta

from django.utils import timezone

from lifecycle.people.models import User
from requests_app.models import Event

REPEAT_WINDOW = timedelta(minutes=1)
EVENT_OF_ACTION = {  # the last part of the event kind that each action records
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
    """Return whether `by` did this to the public id `subject` within the last minute."""
    if action not in EVENT_OF_ACTION:
        return False
    recent = Event.objects.filter(subject=subject, actor=by, at__gt=timezone.now() - REPEAT_WINDOW)
    return recent.filter(kind__endswith=f".{EVENT_OF_ACTION[action]}").exists()
