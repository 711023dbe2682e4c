"""Begin a policy with a first draft, and with groups that aren't there yet."""

from collections.abc import Sequence
from dataclasses import replace

from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.utils import timezone

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions import policies
from requests_app.models import PolicyVersion
from requests_app.models.review.policy_input import VersionInput
from requests_app.refusals import Invalid
from requests_app.transitions.transition import record_event
from requests_app.validation.policy import group_name_problem, group_name_taken


@transaction.atomic
def begin(
    slug: str,
    text: VersionInput,
    *,
    by: User,
    name: str,
    owners: Group,
    ai_models: Sequence[AIModel],
) -> PolicyVersion:
    """Create a policy with its first draft, and the groups of `text` that have no row yet."""
    policy = policies.create(slug, by=by, name=name, owners=owners, ai_models=ai_models)
    named = [group for step in text.steps for group in (step.reviewers, step.alternates) if group]
    new = sorted({group.name for group in named if not group.pk})
    made = {name: _make(name) for name in new}
    if new:
        now = timezone.now()
        record_event(policy, "policy.groups_made", by=by, at=now, details={"groups": new})
    return policies.draft(policy, _with_rows(text, made), by=by)


def _make(name: str) -> Group:
    if sentence := group_name_problem(name):
        raise Invalid({f"groups.{name}": sentence})
    try:
        with transaction.atomic():
            return Group.objects.create(name=name)
    except IntegrityError:  # somebody else made it just now
        raise Invalid({f"groups.{name}": group_name_taken(name)}) from None


def _with_rows(text: VersionInput, made: dict[str, Group]) -> VersionInput:
    steps = [
        replace(
            step,
            reviewers=made.get(step.reviewers.name, step.reviewers),
            alternates=step.alternates and made.get(step.alternates.name, step.alternates),
        )
        for step in text.steps
    ]
    return replace(text, steps=steps)
