"""Who is in the groups that a policy names, and what keeps each of them from deciding."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from django.contrib.auth.models import Group
from django.db.models import F, Q

from lifecycle.people.models import User
from requests_app.models import AccessRequest, Delegation, Policy, PolicyStep
from requests_app.models.review.policy_input import StepInput
from requests_app.states import RequestState, VersionState


class Member(NamedTuple):
    """Somebody in a group of reviewers."""

    person: User
    delegation: Delegation | None  # of a period that runs
    asks: bool  # has a request in review under the policy

    @property
    def can_review(self) -> bool:
        return self.person.is_active and self.person.is_staff


class Members:
    """The members of groups under one policy, in a fixed number of queries."""

    def __init__(self, policy: Policy, groups: Iterable[Group], now: datetime) -> None:
        wanted = {group.pk for group in groups}
        rows = User.objects.filter(groups__in=wanted).annotate(member_of=F("groups"))
        people = list(rows.select_related("institution").order_by("full_name", "pk"))
        delegations = self._delegations(people, now)
        asking = self._asking(policy, people)
        self._by_group: dict[int, list[Member]] = {pk: [] for pk in wanted}
        for one in people:
            member = Member(one, delegations.get(one.pk), one.pk in asking)
            self._by_group[one.member_of].append(member)

    def of(self, group: Group) -> list[Member]:
        return self._by_group[group.pk]

    def _delegations(self, people: Iterable[User], now: datetime) -> Mapping[int, Delegation]:
        rows = Delegation.objects.current(now).filter(stage=None, person__in=people)
        return {row.person_id: row for row in rows.select_related("delegate")}

    def _asking(self, policy: Policy, people: Iterable[User]) -> set[int]:
        rows = AccessRequest.objects.filter(
            policy_version__policy=policy, requester__in=people, state=RequestState.IN_REVIEW
        )
        return set(rows.values_list("requester", flat=True))


class NamedGroup(NamedTuple):
    """A group that a step names, with its members."""

    group: Group
    is_alternate: bool
    members: list[Member]


def of_step(step: StepInput | PolicyStep, members: Members) -> list[NamedGroup]:
    named = [NamedGroup(step.reviewers, False, members.of(step.reviewers))]
    if step.alternates:
        named.append(NamedGroup(step.alternates, True, members.of(step.alternates)))
    return named


def groups_named_by(steps: Iterable[StepInput | PolicyStep]) -> list[Group]:
    """Return the groups of the steps in their order, each once."""
    named = (group for step in steps for group in (step.reviewers, step.alternates) if group)
    return list({group.pk: group for group in named}.values())


def steps_in_use(policy: Policy) -> list[PolicyStep]:
    """Return the steps of the version in force, and of the drafts after it."""
    current = policy.current
    drafts = Q(
        version__state=VersionState.DRAFT, version__number__gt=current.number if current else 0
    )
    rows = PolicyStep.objects.filter(drafts | Q(version=current), version__policy=policy)
    related = ("reviewers", "alternates", "version")
    return list(rows.select_related(*related).order_by("version__number", "position"))


def named_group(policy: Policy, number: int) -> Group | None:
    """Return the group if a step of the policy names it."""
    groups = groups_named_by(steps_in_use(policy))
    return next((group for group in groups if group.pk == number), None)


def step_names(steps: list[PolicyStep], group: Group) -> list[str]:
    """Return the steps that the group decides, or is called for, each once."""
    named = [step.name for step in steps if step.reviewers_id == group.pk]
    called = [f"{step.name} (alternates)" for step in steps if step.alternates_id == group.pk]
    return list(dict.fromkeys([*named, *called]))
