"""Who is told of a model's retirements, and why."""

from collections.abc import Collection

from django.db.models import Exists, Q, QuerySet

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.models import AccessRequest, Collaborator, Follow, Grant
from requests_app.states import UNDECIDED


def follows_of(ai_model: AIModel, platforms: Collection[str]) -> QuerySet[Follow]:
    """Return the follows of the model, its provider or one of these platforms."""
    provider = Q(provider=ai_model.provider_id)
    return Follow.objects.filter(Q(ai_model=ai_model) | provider | Q(platform__in=platforms))


def grants_of(ai_model: AIModel) -> QuerySet[Grant]:
    return Grant.objects.live().filter(granted_models__ai_model=ai_model)


def places_of(ai_model: AIModel) -> QuerySet[Collaborator]:
    """Return the places of collaborators under live grants of the model."""
    return Collaborator.objects.filter(grant__in=grants_of(ai_model), removed_at=None)


def users_of(ai_model: AIModel) -> QuerySet[User]:
    """Return everyone in good standing with access to the model, collaborators too."""
    live = grants_of(ai_model).values("pk")
    shares = Q(shared_grants__grant__in=live, shared_grants__removed_at=None)
    return User.objects.filter(Q(grants__in=live) | shares, is_active=True).distinct()


def requests_of(ai_model: AIModel) -> QuerySet[AccessRequest]:
    """Return the requests for the model that wait for reviewers or for their answers."""
    return AccessRequest.objects.filter(requested_models__ai_model=ai_model, state__in=UNDECIDED)


def ties_of(person: User, ai_model: AIModel) -> dict[str, bool]:
    """Return how a person has to do with a model besides following it, in one query."""
    ties = {
        "has_access": Exists(grants_of(ai_model).filter(holder=person)),
        "shares_access": Exists(places_of(ai_model).filter(person=person)),
        "has_asked": Exists(requests_of(ai_model).filter(requester=person)),
    }
    found = User.objects.filter(pk=person.pk).annotate(**ties).values(*ties).first()
    return found or dict.fromkeys(ties, False)


def watchers_of(ai_model: AIModel, platforms: Collection[str]) -> QuerySet[User]:
    """Return everybody who is told of retirements of the model on these platforms, each once."""
    told = (
        Q(pk__in=follows_of(ai_model, platforms).values("person"))
        | Q(pk__in=grants_of(ai_model).values("holder"))
        | Q(pk__in=places_of(ai_model).values("person"))
        | Q(pk__in=requests_of(ai_model).values("requester"))
    )
    return User.objects.filter(told, is_active=True)
