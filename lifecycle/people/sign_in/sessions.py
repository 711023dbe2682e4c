"""Ends a person's sessions, in whichever browser they are."""

from allauth.usersessions.models import UserSession
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.utils import timezone

from lifecycle.people.models import User


def end_all(person: User, *, but: str | None = None) -> None:
    """All but the one with the key `but`. Not every session has a row of allauth's beside it."""
    UserSession.objects.filter(user=person).exclude(session_key=but or "").delete()
    live = Session.objects.filter(expire_date__gt=timezone.now()).exclude(session_key=but or "")
    mine = [
        session.session_key
        for session in live.iterator()
        if session.get_decoded().get(SESSION_KEY) == str(person.pk)
    ]
    Session.objects.filter(session_key__in=mine).delete()
