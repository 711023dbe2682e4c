"""Policies: drafted by one owner, published by another, never changed after."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from django.contrib.auth.models import Group
from django.db import transaction
from django.utils import timezone

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions.locks import lock_version
from requests_app.actions.moves import move, note
from requests_app.models import Policy, PolicyStep, PolicyVersion
from requests_app.rules import Invalid, NotAllowed, check, in_group


@dataclass(frozen=True)
class Step:
    """One line of a policy that is being written."""

    name: str
    reviewers: Group
    quorum: int = 1
    denials: int = 1
    window: timedelta = field(default=timedelta(days=7))


@transaction.atomic
def create(
    slug: str, *, by: User, name: str, owners: Group, ai_models: Sequence[AIModel]
) -> Policy:
    """A new policy over `ai_models`; it takes effect with its first published version."""
    if not in_group(by, owners.pk):
        raise NotAllowed("Only one of the policy's owners may create it.")
    policy = Policy.objects.create(slug=slug, name=name, owners=owners)
    policy.ai_models.set(ai_models)
    models = [ai_model.identifier for ai_model in ai_models]
    note(policy, "policy.created", by=by, at=timezone.now(), details={"models": models})
    return policy


@transaction.atomic
def draft(
    policy: Policy, *, by: User, terms: str, longest: timedelta, steps: Sequence[Step]
) -> PolicyVersion:
    """The next version of the policy, not in force yet."""
    policy = Policy.objects.locked(policy.pk)
    if not in_group(by, policy.owners_id):
        raise NotAllowed("Only one of the policy's owners may write a version of it.")
    last = policy.versions.order_by("number").last()
    version = PolicyVersion.objects.create(
        policy=policy,
        number=last.number + 1 if last else 1,
        terms=terms,
        longest=longest,
        author=by,
    )
    for position, step in enumerate(steps, start=1):
        _check_step(step)
        PolicyStep.objects.create(version=version, position=position, **vars(step))
    note(version, "policy.drafted", by=by, at=timezone.now(), details={"steps": len(steps)})
    return version


def _check_step(step: Step) -> None:
    if step.quorum < 1 or step.denials < 1:
        raise Invalid({"quorum": f"“{step.name}” needs at least one approval and one denial."})
    if step.window <= timedelta(0):
        raise Invalid({"window": f"“{step.name}” needs a window longer than nothing."})


@transaction.atomic
def publish(version: PolicyVersion, *, by: User) -> PolicyVersion:
    """Put a version in force for requests submitted from now on; its author can't."""
    now = timezone.now()
    version = lock_version(version.pk)
    check("publish", version, by)
    steps = list(version.steps.select_related("reviewers"))
    if not steps:
        raise Invalid({"steps": "A policy needs at least one step."})
    for step in steps:
        people = User.objects.filter(groups=step.reviewers, is_active=True).count()
        if people < step.quorum:
            raise Invalid(
                {
                    "quorum": f"“{step.name}” asks for {step.quorum} approvals, "
                    f"but {step.reviewers} has {people} people."
                }
            )
    move(version, "publish", by=by, at=now, published_at=now, published_by=by)
    return version
