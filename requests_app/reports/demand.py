"""How many people need a model that can't be requested: in public only from five on."""

from typing import NamedTuple

from django.db.models import Count, Q

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.models import Demand
from requests_app.reports.decision_times import MIN_DECISIONS

MIN_PEOPLE = MIN_DECISIONS  # one rule of small numbers for everything in public


class PublicDemand(NamedTuple):
    """The number of people, None below five, and whether the reader is one of them."""

    people: int | None
    own: bool


def of_model(ai_model: AIModel, person: User | None) -> PublicDemand:
    mine = Q(person=person.pk if person else None)
    found = Demand.objects.filter(ai_model=ai_model).aggregate(
        people=Count("pk"), own=Count("pk", filter=mine)
    )
    people = found["people"] if found["people"] >= MIN_PEOPLE else None
    return PublicDemand(people, bool(found["own"]))


def exact(ai_model: AIModel) -> int:
    """Return the number for editors, however small."""
    return Demand.objects.filter(ai_model=ai_model).count()
