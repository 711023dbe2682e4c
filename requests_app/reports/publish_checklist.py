"""What keeps requests from coming, or from being decided, though a policy version is in force."""

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.models import PolicyVersion
from requests_app.rules import eligibility


class ChecklistLine(NamedTuple):
    """One thing to do; `ai_model` is the one whose page on the desk is the place for it."""

    text: str
    ai_model: AIModel | None = None


def checklist(version: PolicyVersion, today: date) -> list[ChecklistLine]:
    """Return what its owners should know, in a fixed number of queries."""
    return [*_models(version, today), *_reviewers(version)]


def _models(version: PolicyVersion, today: date) -> Iterator[ChecklistLine]:
    rows = list(version.policy.ai_models.order_by("name", "pk"))
    opened = set(AIModel.objects.by_request().filter(pk__in=[row.pk for row in rows]))
    retired = set(AIModel.objects.retired_on(today).filter(pk__in=[row.pk for row in rows]))
    if not rows:
        yield ChecklistLine("No model is under this policy, so nothing can be requested.")
    for row in rows:
        if row.withdrawn_at:
            yield ChecklistLine(f"{row} is withdrawn, so it can't be requested.", row)
        elif row not in opened:
            yield ChecklistLine(f"{row} isn't open to requests.", row)
        elif row not in retired:
            yield ChecklistLine(f"{row} isn't retired yet. It can be requested once it is.", row)


def _reviewers(version: PolicyVersion) -> Iterator[ChecklistLine]:
    steps = list(version.steps.all())
    groups = {group for step in steps for group in (step.reviewers_id, step.alternates_id) if group}
    able = eligibility.active_staff().filter(pk=OuterRef("pk"))
    people = User.objects.filter(Q(groups__in=groups) & ~Exists(able), is_active=True)
    for person in people.distinct().order_by("full_name", "pk"):
        yield ChecklistLine(f"{person} is among the reviewers, but can't open the review desk.")
