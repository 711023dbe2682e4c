"""The rows that every history shares: people, groups, models and one policy."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import Institution, User
from requests_app.models import Policy, PolicyModel, PolicyStep, PolicyVersion
from tests.conftest import person
from tests.support import reference_model
from tests.support.histories.strategies import GROUPS, INSTITUTIONS, START


@dataclass
class Cast:
    """People, groups and models; each history adds its own policy."""

    people: dict[str, User]
    groups: dict[str, Group]
    policy: Policy

    def seat(self, members: dict[str, set[str]]) -> None:
        """Make these, and no others, the members of the groups."""
        places = User.groups.through.objects
        places.filter(group__in=[self.groups[group] for group in members]).delete()
        places.bulk_create(
            User.groups.through(group=self.groups[group], user=self.people[name])
            for group, names in members.items()
            for name in names
        )

    def publish(
        self, number: int, steps: list[reference_model.StepRules], conflict: bool, wait: timedelta
    ) -> None:
        """A version in force, without the ceremony."""
        version = PolicyVersion.objects.create(
            policy=self.policy,
            number=number,
            terms="",
            author=self.people["bob"],
            institution_conflict=conflict,
            wait_after_denial=wait,
        )
        rows = [self._row(version, place, step) for place, step in enumerate(steps)]
        PolicyStep.objects.bulk_create(rows)
        moment = {"published_at": START, "published_by": self.people["pat"]}
        PolicyVersion.objects.filter(pk=version.pk).update(state="published", **moment)

    def _row(
        self, version: PolicyVersion, place: int, step: reference_model.StepRules
    ) -> PolicyStep:
        return PolicyStep(
            version=version,
            position=place,
            name=f"Step {place}",
            reviewers=self.groups[step.group],
            quorum=step.quorum,
            denials_to_fail=step.denials_to_fail,
            window=step.window,
            alternates=self.groups[step.alternates] if step.alternates else None,
            blind=step.blind,
            allow_repeat_voters=step.shared,
            condition=step.condition,
            condition_value=step.value,
            rereview_on=sorted(step.rereview_on),
        )


@pytest.fixture
def cast(opus: AIModel) -> Cast:
    haiku = AIModel.objects.create(identifier="haiku", provider=opus.provider, name="Haiku")
    for row in (*opus.retirements.all(), *opus.access_routes.all()):
        row.pk, row.ai_model = None, haiku
        row.save()
    AIModel.objects.filter(pk=opus.pk).update(identifier="opus")
    places = {name: Institution.objects.create(name=name) for name in ("Oslo", "Kyiv")}
    people = {name: person(name, staff=True) for name in INSTITUTIONS}
    for name, where in INSTITUTIONS.items():
        User.objects.filter(pk=people[name].pk).update(institution=places.get(where))
    groups = {name: Group.objects.create(name=name) for name in (*GROUPS, "owners")}
    groups["owners"].user_set.add(people["pat"])
    policy = Policy.objects.create(slug="p", name="P", owners=groups["owners"])
    PolicyModel.objects.bulk_create(
        PolicyModel(policy=policy, ai_model=ai_model) for ai_model in (opus, haiku)
    )
    return Cast(people, groups, policy)
