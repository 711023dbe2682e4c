"""The API's queries: what a person may see, with what the serializers need."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db.models import Model, Prefetch, Q, QuerySet

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.models import AccessRequest, Collaborator, Grant, Key, PolicyVersion, Stage
from requests_app.rules import roles
from requests_app.states import VersionState

PUBLISHED = Prefetch(
    "policy_model__policy__versions",
    PolicyVersion.objects.filter(state=VersionState.PUBLISHED)
    .select_related("policy")
    .order_by("number"),
)

OWN = ("replacements", "aliases", "feature_ends", "sdk_versions")
FACTS = (
    *("retirements", "access_routes", *OWN),
    *("retirements__date_changes", "provider__feature_ends"),
)
# Most facts are plain lists: a manager with its query for each of thousands of
# lists would take longer than the rows.
LISTS = {name: f"{name}_shown" for name in (*OWN, "date_changes")}


def facts_of(ai_model: Any) -> Iterator[Model]:
    """Yield the rows of `FACTS`, each of which may name sources."""
    yield from ai_model.access_routes.all()
    for retirement in ai_model.retirements.all():
        yield retirement
        yield from retirement.date_changes_shown
    for name in OWN:
        yield from getattr(ai_model, LISTS[name])
    yield from ai_model.provider.feature_ends_shown


def catalogue() -> QuerySet[AIModel]:
    """Return the models with their `FACTS`, whose sources `sources.fetch` adds in one query."""
    rows = AIModel.objects.select_related("provider", "policy_model__policy")
    return rows.prefetch_related(
        "access_routes",
        "retirements",
        *(Prefetch(name, to_attr=LISTS[name]) for name in OWN),
        Prefetch("retirements__date_changes", to_attr=LISTS["date_changes"]),
        Prefetch("provider__feature_ends", to_attr=LISTS["feature_ends"]),
        PUBLISHED,
    )


def filter_models(
    today: date,
    *,
    provider: str | None = None,
    retired: bool | None = None,
    by_request: bool | None = None,
) -> QuerySet[AIModel]:
    """Filter the catalogue; None leaves a filter out."""
    rows = catalogue()
    if provider is not None:
        rows = rows.filter(provider__slug=provider)
    if retired is not None:
        rows = _only(rows, AIModel.objects.retired_on(today), are=retired)
    if by_request is not None:
        rows = _only(rows, AIModel.objects.by_request(), are=by_request)
    return rows


def _only(rows: QuerySet[AIModel], those: QuerySet[AIModel], *, are: bool) -> QuerySet[AIModel]:
    inside = Q(pk__in=those.values("pk"))
    return rows.filter(inside if are else ~inside)


def requests_of(person: User) -> QuerySet[AccessRequest]:
    """A person's own requests; reviewers read others on the desk, where that is logged."""
    stages = Stage.objects.select_related("step", "revision", "carried_from__revision")
    in_order = stages.order_by("revision__number", "step__position")
    rows = AccessRequest.objects.of(person).select_related("policy_version__policy")
    texts = (
        "revisions__ai_models",
        "revisions__collaborators",
        "revisions__files",
        "revisions__accepted__policy",
    )
    return rows.prefetch_related(*texts, Prefetch("stages", in_order))


def requests_with_related(person: User) -> QuerySet[AccessRequest]:
    rows = requests_of(person).select_related("appeal_of", "appeal")
    return rows.prefetch_related("revisions__narrowings", "events", "grants", "invitations")


def drafts_to_write(person: User) -> QuerySet[AccessRequest]:
    """Requests of which the person writes parts, their own or as a collaborator."""
    return roles.writable_by(person).prefetch_related("revisions__ai_models")


def grants_for(person: User) -> QuerySet[Grant]:
    """Grants that a person holds or shares, and those under policies they own."""
    mine = Grant.objects.visible_to_members(person).order_by()
    owned = Q(access_request__policy_version__policy__owners__in=person.groups.all())
    rows = Grant.objects.filter(Q(pk__in=mine.values("pk")) | owned)
    places = Collaborator.objects.filter(removed_at=None).select_related("person")
    requests = ("access_request__continues", "access_request__standing_rule")
    related = rows.select_related(*requests, "holder", "break_glass")
    return related.prefetch_related(
        "granted_models__ai_model",
        Prefetch("keys", keys_for(person)),
        Prefetch("collaborators", places),
    )


def keys_for(person: User) -> QuerySet[Key]:
    """A person's own keys, and all under grants that they hold or whose policy they own."""
    owned = Q(grant__access_request__policy_version__policy__owners__in=person.groups.all())
    mine = Q(holder=person) | Q(grant__holder=person)
    rows = Key.objects.filter(mine | owned).select_related("grant")
    return rows.prefetch_related("grant__granted_models__ai_model")
