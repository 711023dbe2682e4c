"""End a person's sessions in all browsers."""

from allauth.usersessions.models import UserSession
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.utils import timezone

from lifecycle.people.models import User


def end_all(person: User, *, but: str | None = None) -> None:
    """End all sessions except the one with the key `but`."""
    UserSession.objects.filter(user=person).exclude(session_key=but or "").delete()
    # Not every session has a row of allauth's: look into the sessions themselves.
    live = Session.objects.filter(expire_date__gt=timezone.now()).exclude(session_key=but or "")
    mine = [
        session.session_key
        for session in live.iterator()
        if session.get_decoded().get(SESSION_KEY) == str(person.pk)
    ]
    Session.objects.filter(session_key__in=mine).delete()
