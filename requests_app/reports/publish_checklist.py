"""What keeps requests from coming, or from being decided, though a policy version is in force."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.models import PolicyVersion
from requests_app.rules import eligibility
from requests_app.validation.requested_models import Obstacle, obstacle

SENTENCES: Mapping[Obstacle, str] = {
    Obstacle.WITHDRAWN: "{} is withdrawn, so it can't be requested.",
    Obstacle.NOT_RETIRED: "{} isn't retired yet. It can be requested once it is.",
    Obstacle.NOT_BY_REQUEST: "{} isn't open to requests.",
}


class ChecklistLine(NamedTuple):
    """One thing to do; `ai_model` is the one whose page on the desk is the place for it."""

    text: str
    ai_model: AIModel | None = None


def checklist(version: PolicyVersion, today: date) -> list[ChecklistLine]:
    """Return what its owners should know, in a fixed number of queries."""
    return [*_models(version, today), *_reviewers(version)]


def _models(version: PolicyVersion, today: date) -> Iterator[ChecklistLine]:
    rows = version.policy.ai_models.order_by("name", "pk")
    models = list(rows.prefetch_related("retirements", "access_routes"))
    if not models:
        yield ChecklistLine("No model is under this policy, so nothing can be requested.")
    for ai_model in models:
        if found := obstacle(ai_model, today):
            yield ChecklistLine(SENTENCES[found].format(ai_model), ai_model)


def _reviewers(version: PolicyVersion) -> Iterator[ChecklistLine]:
    steps = list(version.steps.all())
    groups = {group for step in steps for group in (step.reviewers_id, step.alternates_id) if group}
    able = eligibility.active_staff().filter(pk=OuterRef("pk"))
    people = User.objects.filter(Q(groups__in=groups) & ~Exists(able), is_active=True)
    for person in people.distinct().order_by("full_name", "pk"):
        yield ChecklistLine(f"{person} is among the reviewers, but can't open the review desk.")
