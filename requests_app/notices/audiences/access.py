"""Who is told of access: its holder, and those who share it."""

from collections.abc import Iterable
from typing import Any

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.models import AccessRequest, Event
from requests_app.rules.watchers import users_of


def holder_alone(row: Any, event: Event) -> Iterable[User]:
    """the holder, unless all their access ended in one action"""
    return [] if "receipt" in event.details else [row.holder]


def affected_person(row: Any, event: Event) -> Iterable[User]:
    """everyone who lost access, once"""
    own = row.requester if isinstance(row, AccessRequest) else row.holder
    shares = event.details.get("person", str(own.pk))
    return [own] if shares == str(own.pk) else User.objects.filter(pk=shares)


def holder(row: Any, event: Event) -> Iterable[User]:
    """the holder"""
    return [row.holder]


def holder_if_clock(row: Any, event: Event) -> Iterable[User]:
    """the holder, if it happened automatically"""
    return [row.holder] if event.actor_id is None else []


def holder_of_leaked(row: Any, event: Event) -> Iterable[User]:
    """the holder, if someone reported the key as leaked"""
    return [row.holder] if _leaked(event) else []


def holder_unless_leaked(row: Any, event: Event) -> Iterable[User]:
    """the holder, unless it was reported as leaked or ended with something they are notified of"""
    with_more = event.details.get("cause") in ("grant", "sharing")
    return [] if _leaked(event) or with_more else holder_alone(row, event)


def _leaked(event: Event) -> bool:
    return bool(event.details.get("cause") == "leak")


def sharers(row: Any, event: Event) -> Iterable[User]:
    """the collaborators"""
    places = row.collaborators.filter(removed_at=None, person__is_active=True)
    return [place.person for place in places.select_related("person")]


def sharers_alone(row: Any, event: Event) -> Iterable[User]:
    """the collaborators, unless everything ended in one action"""
    return [] if "receipt" in event.details else sharers(row, event)


def removed(row: Any, event: Event) -> Iterable[User]:
    """the removed collaborator, unless all their access ended in one action"""
    if "receipt" in event.details:
        return []
    return User.objects.filter(pk=event.details["person"])


def users_of_the_model(row: Any, event: Event) -> Iterable[User]:
    """everyone with access to the model, collaborators too, unless it ended in one action"""
    if "receipt" in event.details:
        return []
    return users_of(AIModel.objects.get(identifier=event.details["model"]))
