"""Requests in which others take part, as if they had been invited and had accepted."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from lifecycle.people.models import User
from requests_app.actions.requests import requests
from requests_app.actions.requests.requests import RequestInput
from requests_app.models import AccessRequest, Invitation


@transaction.atomic
def save(
    ask: RequestInput,
    *,
    by: User,
    access_request: AccessRequest | None = None,
    submit: bool = False,
) -> AccessRequest:
    """As `requests.save`, once all whom `ask` names have agreed to take part."""
    people = User.objects.filter(email__in=ask.collaborators, is_active=True)
    if len(people) < len(set(ask.collaborators)) and not access_request:
        return requests.save(ask, by=by)  # refused, as some can't agree
    row = access_request or requests.save(replace(ask, collaborators=()), by=by)
    agree(row, people)
    if access_request:
        requests.save(ask, by=by, access_request=row)
    else:
        row.revision.collaborators.set(people)
    if submit:
        requests.submit(row, by=by)
        row.invitations.filter(state="accepted").delete()  # the grant's terms are to be accepted
    return AccessRequest.objects.get(pk=row.pk)


def agree(row: AccessRequest, people: Iterable[User]) -> None:
    """Without mails and events; and nobody else has."""
    row.invitations.filter(state="accepted").exclude(person__in=people).delete()
    now = timezone.now()
    for person in people:
        answered = {"state": "accepted", "accepted_at": now, "policy_version": row.policy_version}
        dates = {"created_at": now, "sent_at": now, "expires_at": now + timedelta(days=14)}
        Invitation.objects.update_or_create(
            access_request=row, email=person.email, defaults={"person": person, **answered, **dates}
        )
