"""Validate a policy's short name, name and models, and names of groups to be made for it."""

from collections.abc import Iterable, Iterator

from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.core.validators import validate_slug

from lifecycle.catalogue.editors import EDITORS
from lifecycle.catalogue.models import AIModel
from lifecycle.text.normalization import comparable
from lifecycle.text.validation import line_problem
from requests_app.models import Policy
from requests_app.validation.policy_version import MAX_NAME_LENGTH, VersionFinding

MAX_SLUG_LENGTH = 50
MAX_GROUP_NAME_LENGTH = 150  # of Django's own column


def policy_problems(slug: str, name: str) -> Iterator[VersionFinding]:
    try:
        validate_slug(slug)
    except ValidationError:
        yield "slug", "Use only letters, digits, - and _ in the short name."
    if len(slug) > MAX_SLUG_LENGTH:
        yield "slug", f"Use at most {MAX_SLUG_LENGTH} characters."
    if not 0 < len(name) <= MAX_NAME_LENGTH or line_problem(name):
        yield "name", f"A policy needs a name: one line of at most {MAX_NAME_LENGTH} characters."


def models_of_other_policies(
    ai_models: Iterable[AIModel], policy: Policy | None = None
) -> list[VersionFinding]:
    """Yield models that are under another policy: each is under one at most."""
    others = Policy.objects.exclude(pk=policy.pk) if policy else Policy.objects.all()
    rows = others.filter(ai_models__in=[ai_model.pk for ai_model in ai_models])
    return [
        (
            "ai_models",
            f"{identifier} is already under the policy “{name}”. Remove it there first.",
        )
        for name, identifier in rows.values_list("name", "ai_models__identifier")
    ]


def group_name_problem(name: str) -> str | None:
    """Return what is wrong with the name of a new group; None if it can be made."""
    if not 0 < len(name) <= MAX_GROUP_NAME_LENGTH or line_problem(name):
        return f"A group needs a name: one line of at most {MAX_GROUP_NAME_LENGTH} characters."
    # The catalogue's editors are known by their group's name, which may not be there yet.
    names = (EDITORS, *Group.objects.values_list("name", flat=True))
    return group_name_taken(name) if comparable(name) in map(comparable, names) else None


def group_name_taken(name: str) -> str:
    return f"There is a group “{name}” already. Choose it from the list, or another name."
