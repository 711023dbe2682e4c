"""What a reader can follow from a model's page."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from django.db.models import Q

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.models import Follow


class FollowButton(NamedTuple):
    """A thing to follow, as the form of its button names it."""

    kind: str
    value: str
    name: str
    is_followed: bool


def of_model(ai_model: AIModel, person: User | None) -> list[FollowButton]:
    """Return the model, its provider and its platforms; needs provider and retirements fetched."""
    offered = list(_offered(ai_model))
    kept = _kept(person, ai_model, offered) if person else set()
    return [FollowButton(kind, value, name, (kind, value) in kept) for kind, value, name in offered]


def _kept(
    person: User, ai_model: AIModel, offered: Iterable[tuple[str, str, str]]
) -> set[tuple[str, str]]:
    """Return those of the offered things that the person follows."""
    platforms = [value for kind, value, _ in offered if kind == "platform"]
    about = Q(ai_model=ai_model) | Q(provider=ai_model.provider_id) | Q(platform__in=platforms)
    rows = Follow.objects.filter(about, person=person).select_related("ai_model", "provider")
    return {_as_in_forms(row) for row in rows}


def _offered(ai_model: AIModel) -> Iterator[tuple[str, str, str]]:
    yield "model", ai_model.identifier, ai_model.name
    yield "provider", ai_model.provider.slug, ai_model.provider.name
    for platform in dict.fromkeys(row.platform for row in ai_model.retirements.all()):
        yield "platform", platform, platform


def followed_by(person: User) -> list[FollowButton]:
    rows = Follow.objects.filter(person=person).select_related("ai_model", "provider")
    return [FollowButton(*_as_in_forms(row), str(row), is_followed=True) for row in rows]


def _as_in_forms(row: Follow) -> tuple[str, str]:
    if row.ai_model:
        return "model", row.ai_model.identifier
    return ("provider", row.provider.slug) if row.provider else ("platform", row.platform)
