"""What it takes to use a model today: where it answers, by which names, and with what."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple

from django.db.models import prefetch_related_objects

from lifecycle.catalogue.models import (
    AccessRoute,
    AIModel,
    Alias,
    FeatureEnd,
    Precision,
    Retirement,
    SDKVersion,
    ServingState,
    Source,
    last_rounds,
)

RELATED = (
    "retirements__source",
    "access_routes__source",
    "aliases__source",
    "feature_ends__source",
    "provider__feature_ends__source",
    "sdk_versions__source",
)
SERVING = "serving"  # beside the kinds of an access route


class Place(NamedTuple):
    """One way to reach the model now; `until` is the last day before a firm retirement date."""

    name: str
    how: str
    until: date | None
    existing_customers_only: bool
    source: Source | None


class Parameter(NamedTuple):
    """A parameter that still works, and where or from when on it doesn't."""

    name: str
    ends: list[FeatureEnd]


class UseToday(NamedTuple):
    """All that the card shows."""

    places: list[Place]
    aliases: list[Alias]
    former_aliases: list[Alias]
    parameters: list[Parameter]
    ended: list[FeatureEnd]
    ending: list[FeatureEnd]
    sdk_versions: list[SDKVersion]


def of_model(ai_model: AIModel, today: date) -> UseToday:
    """Return what is known on this UTC day."""
    prefetch_related_objects([ai_model], *RELATED)
    aliases = list(ai_model.aliases.all())
    former = [alias for alias in aliases if alias.ends and alias.ends <= today]
    ends = [*ai_model.feature_ends.all(), *ai_model.provider.feature_ends.all()]
    parameters = list(_parameters(ai_model, ends, today))
    shown = {id(end) for parameter in parameters for end in parameter.ends}
    others = [end for end in ends if id(end) not in shown]
    return UseToday(
        places=list(_places(ai_model, today)),
        aliases=[alias for alias in aliases if alias not in former],
        former_aliases=former,
        parameters=parameters,
        ended=[end for end in others if is_over(end, today)],
        ending=[end for end in others if not is_over(end, today)],
        sdk_versions=list(ai_model.sdk_versions.all()),
    )


def is_over(end: FeatureEnd, today: date) -> bool:
    return end.ends is not None and end.ends <= today


def _places(ai_model: AIModel, today: date) -> Iterator[Place]:
    for retirement in last_rounds(ai_model.retirements.all()):
        if retirement.state(today) != ServingState.RETIRED:
            yield _serving(retirement, today)
    for route in ai_model.access_routes.all():
        withdrawn = route.kind == AccessRoute.Kind.REQUEST and ai_model.withdrawn_at
        if route.kind != AccessRoute.Kind.NONE and not withdrawn:
            yield Place(route.where, route.kind, None, False, route.source)


def _serving(retirement: Retirement, today: date) -> Place:
    is_ahead = retirement.retires is not None and retirement.retires > today
    is_firm = retirement.precision == Precision.DAY and is_ahead
    only = retirement.extended_access_from
    return Place(
        name=retirement.platform,
        how=SERVING,
        until=retirement.retires if is_firm else None,
        existing_customers_only=only is not None and only <= today,
        source=retirement.source,
    )


def _parameters(ai_model: AIModel, ends: Iterable[FeatureEnd], today: date) -> Iterator[Parameter]:
    """Leave out those that ended everywhere; an end in one place only is named."""
    for name in ai_model.parameters:
        of_it = [e for e in ends if e.name == name and e.kind == FeatureEnd.Kind.PARAMETER]
        if not any(is_over(end, today) and not end.where for end in of_it):
            yield Parameter(name, of_it)


def platforms(ai_model: AIModel) -> list[str]:
    """Return the places that a citation can name, in the order of the page."""
    retired_from = (row.platform for row in last_rounds(ai_model.retirements.all()))
    routes = (route.where for route in ai_model.access_routes.all())
    aliases = (alias.platform for alias in ai_model.aliases.all())
    return [name for name in dict.fromkeys([*retired_from, *routes, *aliases]) if name]
