"""What the person who looks follows, needs, and may start without review."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from django.contrib.auth.models import Group
from django.utils import timezone

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.models import Demand, Follow, Policy, PolicyModel, StandingRule

FOLLOWED = 20  # one model in so many
RULES_PER_MODELS = 100  # a standing rule for so many models


def fill(ai_models: Sequence[AIModel], retired: Sequence[AIModel]) -> None:
    """What the person who looks follows, needs, and may start without review."""
    alice, pat, lee = (User.objects.get(email=f"{n}@example.org") for n in ("alice", "pat", "lee"))
    now = timezone.now()
    followed = ai_models[::FOLLOWED]
    Follow.objects.bulk_create(
        Follow(person=alice, ai_model=row, followed_at=now) for row in followed
    )
    Demand.objects.bulk_create(
        Demand(person=alice, ai_model=row, stated_at=now) for row in followed
    )
    groups = Group.objects.bulk_create(
        Group(name=f"Program of {row.identifier}") for row in ai_models[::RULES_PER_MODELS]
    )
    alice.groups.add(*groups)
    rules = StandingRule.objects.bulk_create(_rules(groups, pat, lee, now))
    _admit(rules, retired)


def _rules(groups: Iterable[Group], pat: User, lee: User, now: datetime) -> Iterator[StandingRule]:
    policy = Policy.objects.get()
    for group in groups:
        yield StandingRule(
            policy=policy,
            name=group.name,
            kind="group",
            group=group,
            ends_at=now + timedelta(days=300),
            state="published",
            author=pat,
            created_at=now,
            published_at=now,
            published_by=lee,
        )


def _admit(rules: list[StandingRule], retired: Sequence[AIModel]) -> None:
    """Each rule is about some models, which are under its policy."""
    pairs = [(rule, retired[n % len(retired)]) for n, rule in enumerate(rules * 3)]
    named = StandingRule.ai_models.through
    named.objects.bulk_create(
        (named(standingrule=rule, aimodel=row) for rule, row in pairs), ignore_conflicts=True
    )
    policy = Policy.objects.get()
    new = {row.pk for _, row in pairs} - set(PolicyModel.objects.values_list("ai_model", flat=True))
    PolicyModel.objects.bulk_create(PolicyModel(policy=policy, ai_model_id=pk) for pk in new)
