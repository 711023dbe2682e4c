"""The inbox on the first page: what waits for whom, by the same rules as a vote."""

from datetime import timedelta
from random import Random

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from lifecycle.catalogue.models import AIModel
from lifecycle.people import profiles
from lifecycle.people.models import Affiliation, Institution, User
from requests_app.actions import policies
from requests_app.actions.requests import requests
from requests_app.actions.review import votes
from requests_app.models import (
    AccessRequest,
    Colleague,
    Delegation,
    Policy,
    PolicyStep,
    RequestInstitution,
    Revision,
    Stage,
    Vote,
)
from requests_app.rules.desk.inbox import waiting_for
from requests_app.rules.eligibility import VotingPanel
from requests_app.validation.policy_version import version_input_of
from requests_app.wording import titles
from tests.conftest import ask_for, person, today
from tests.support.desk_client import INDEX, LIST, member, page_of, signed_in, text_of
from tests.support.soak_sizes import size

pytestmark = pytest.mark.django_db

MAX_INDEX_QUERIES = 14  # Django 6.1 asks once more than 5.2


class World:
    """People, groups, open stages, votes and delegations, all by chance."""

    def __init__(self, seed: int, opus: AIModel, policy: Policy) -> None:
        self.chance = Random(seed)  # noqa: S311 - cases, no secrets
        self.opus, self.now = opus, timezone.now()
        conflict = self.chance.random() < 0.7
        self.version = policy.versions.create(
            number=2, author=policy.versions.get().author, institution_conflict=conflict
        )
        self.groups = [Group.objects.create(name=f"group {n}") for n in range(3)]
        self.places = [Institution.objects.create(name=f"place {n}") for n in range(2)]
        self.people = [self._person(n) for n in range(8)]
        self.steps = [self._step(n) for n in range(4)]
        self.requests = [self._request(n) for n in range(6)]
        self.stages = [self._stages(each) for each in self.requests]
        self._lend()
        self._move()

    def _person(self, number: int) -> User:
        somebody = person(f"p{number}", staff=True)
        somebody.is_active = self.chance.random() < 0.85
        somebody.institution = self.chance.choice([*self.places, None])
        somebody.save()
        somebody.groups.set(g for g in self.groups if self.chance.random() < 0.4)
        return somebody

    def _step(self, number: int) -> PolicyStep:
        return PolicyStep.objects.create(
            version=self.version,
            position=number,
            name=f"step {number}",
            reviewers=self.chance.choice(self.groups),
            alternates=self.chance.choice([*self.groups, None]),
            allow_repeat_voters=self.chance.random() < 0.3,
        )

    def _request(self, number: int) -> AccessRequest:
        """Some appeal against an earlier one."""
        earlier = AccessRequest.objects.filter(appeal=None).exclude(public_id="").last()
        asked = AccessRequest.objects.create(
            requester=self.chance.choice(self.people),
            policy_version=self.version,
            created_at=self.now,
            appeal_of=earlier if number > 2 and self.chance.random() < 0.6 else None,
        )
        for place in self.chance.sample(self.places, self.chance.randrange(3)):
            RequestInstitution.objects.create(
                access_request=asked, institution=place, at=timezone.now()
            )
        AccessRequest.objects.filter(pk=asked.pk).update(state="in_review", submitted_at=self.now)
        return AccessRequest.objects.get(pk=asked.pk)

    def _move(self) -> None:
        """Some say something else now of where they work, and some are vouched for."""
        for somebody in self.people:
            if self.chance.random() < 0.4:
                somebody.institution = self.chance.choice([*self.places, None])
                somebody.save()
            if self.chance.random() < 0.3:
                voucher = next(each for each in self.people if each != somebody)
                profiles.vouch_for_institution(somebody, by=voucher)

    def _stages(self, access_request: AccessRequest) -> Stage:
        """Two revisions; the second carries one stage along, has one passed and one open."""
        first, second = (self._revision(access_request, number) for number in (1, 2))
        one, two, three, four = self.chance.sample(self.steps, 4)
        old = self._stage(first, one, "passed")
        self._stage(first, four, "closed")
        self._stage(second, one, "passed", carried_from=old)
        self._stage(second, two, "passed")
        return self._stage(second, three, "open")

    def _revision(self, access_request: AccessRequest, number: int) -> Revision:
        revision = Revision.objects.create(
            access_request=access_request,
            number=number,
            purpose="By chance.",
            starts_on=today(),
            ends_on=today() + timedelta(days=30),
        )
        revision.collaborators.set(p for p in self.people if self.chance.random() < 0.1)
        revision.submitted_at = self.now
        revision.save()
        return revision

    def _stage(
        self, revision: Revision, step: PolicyStep, state: str, carried_from: Stage | None = None
    ) -> Stage:
        opened = self.now - timedelta(days=self.chance.randrange(1, 5))
        called = opened if self.chance.random() < 0.5 else None
        stage = Stage.objects.create(
            access_request=revision.access_request,
            revision=revision,
            step=step,
            state=state,
            opened_at=opened,
            due_at=self.now + timedelta(days=3),
            escalated_at=called if step.alternates_id else None,
            closed_at=None if state == "open" else self.now,
            carried_from=carried_from,
        )
        if carried_from is None:
            self._vote(stage)
        return stage

    def _vote(self, stage: Stage) -> None:
        """A seat may be another's than the voter's. The database refuses those who are barred."""
        panel = VotingPanel(stage, self.now)
        for voter, seat in zip(self.people, self.chance.sample(self.people, 8), strict=True):
            barred = panel.conflicts.of(voter) or panel.conflicts.of(seat)
            if self.chance.random() < 0.12 and not barred:
                vote = Vote.objects.create(
                    stage=stage,
                    voter=voter,
                    seat=seat,
                    choice=self.chance.choice(["approve", "deny", "recuse"]),
                    reason="By chance.",
                    shown="",
                    cast_at=self.now,
                )
                panel.add(vote)

    def _lend(self) -> None:
        for owner, delegate in zip(self.people, self.chance.sample(self.people, 8), strict=True):
            if owner != delegate and self.chance.random() < 0.6:
                starts_at = self.now - timedelta(days=self.chance.randrange(1, 6), hours=1)
                Delegation.objects.create(
                    person=owner,
                    delegate=delegate,
                    starts_at=starts_at,
                    ends_at=self.now + timedelta(seconds=self.chance.choice([0, 1])),
                    ended_at=self.now if self.chance.random() < 0.2 else None,
                    takes_open=self.chance.random() < 0.3,
                )


@pytest.mark.parametrize("seed", range(size(2, 150)))
def test_inbox_agrees_with_the_voting_panel(seed: int, policy: Policy, opus: AIModel) -> None:
    world = World(seed, opus, policy)
    for somebody in (each for each in world.people if each.is_active):
        found = set(waiting_for(somebody, world.now))
        assert found == {
            stage
            for stage in world.stages
            if VotingPanel(stage, world.now).obstacle(somebody) is None
        }


def plain_colleagues(asked: AccessRequest) -> set[int]:
    """Colleagues by the rule as one would say it, in Python and without the view."""
    history = list(Affiliation.objects.all())
    since = [(row.institution_id, row.at) for row in asked.institutions.all()]
    since += [
        (row.institution_id, asked.created_at)
        for row in history
        if row.person_id == asked.requester_id and row.vouched_by_id
        if row.ends_at is None or row.ends_at > asked.created_at
    ]
    return {
        row.person_id
        for row in history
        for place, at in since
        if row.institution_id == place and (row.ends_at is None or row.ends_at > at)
    }


@pytest.mark.parametrize("seed", range(size(2, 150)))
def test_colleagues_are_those_that_the_plain_rule_names(
    seed: int, policy: Policy, opus: AIModel
) -> None:
    for asked in World(seed, opus, policy).requests:
        found = Colleague.objects.filter(access_request=asked)
        assert set(found.values_list("person", flat=True)) == plain_colleagues(asked)


def test_inbox_is_ordered_by_deadline(
    in_review: AccessRequest, opus: AIModel, bob: User, rita: User
) -> None:
    sooner = requests.save(ask_for(opus), by=bob, submit=True)
    Stage.objects.filter(access_request=sooner).update(
        due_at=timezone.now() + timedelta(hours=3), deadlocked_at=timezone.now()
    )
    text = text_of(signed_in(rita).get(INDEX))
    assert text.index(page_of(sooner)) < text.index(page_of(in_review))
    for mark in (
        "<strong>2</strong> to decide",
        "due soon",
        "not enough reviewers",
        "Claude Opus 3",
    ):
        assert mark in text


def test_inbox_marks_what_is_overdue(stage: Stage, rita: User) -> None:
    Stage.objects.update(due_at=timezone.now() - timedelta(minutes=1))
    text = text_of(signed_in(rita).get(INDEX))
    assert "<strong>1</strong> overdue" in text
    assert '<span class="mark overdue">overdue</span>' in text


def test_inbox_leaves_out_what_one_has_voted_on(stage: Stage, rita: User, sam: User) -> None:
    votes.recuse(stage, by=rita, reason="We share an office.")
    assert "Nothing is waiting for you. We'll email you" in text_of(signed_in(rita).get(INDEX))
    assert page_of(stage.access_request) in signed_in(sam).get(INDEX).content.decode()


def test_inbox_of_somebody_in_no_group_says_so(stage: Stage) -> None:
    text = text_of(signed_in(member("tom")).get(INDEX))
    assert "You aren't in a group of reviewers, owners or editors" in text
    assert str(stage.access_request) not in text


def test_list_of_pages_has_no_inbox(stage: Stage, rita: User) -> None:
    text = signed_in(rita).get("/admin/requests_app/").content.decode()
    assert LIST in text
    assert "Nothing is waiting for you" not in text


def test_inbox_takes_the_same_queries_for_any_number(
    opus: AIModel,
    stage: Stage,
    rita: User,
    django_assert_num_queries: DjangoAssertNumQueries,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    client = signed_in(rita)
    with django_assert_max_num_queries(MAX_INDEX_QUERIES) as with_one:
        client.get(INDEX)
    for number in range(5):
        requests.save(ask_for(opus), by=person(f"more{number}"), submit=True)
    with django_assert_num_queries(len(with_one)):
        client.get(INDEX)


def test_list_filtered_to_what_waits_for_me(
    stage: Stage, opus: AIModel, bob: User, rita: User, sam: User
) -> None:
    other = requests.save(ask_for(opus), by=bob, submit=True)
    votes.recuse(stage, by=rita, reason="A friend.")
    text = signed_in(rita).get(f"{LIST}?waiting=me").content.decode()
    assert str(other) in text
    assert page_of(stage.access_request) not in text


def test_first_page_lists_what_else_waits_for_this_person(
    policy: Policy, stage: Stage, pat: User, lee: User, rita: User
) -> None:
    draft = policies.draft(policy, version_input_of(policy.current), by=pat)
    Stage.objects.update(deadlocked_at=timezone.now())
    page = f"/admin/requests_app/policyversion/{draft.pk}/change/"
    text = text_of(signed_in(lee).get(INDEX))
    assert f'Draft that you can publish: <a href="{page}"' in text
    assert f'Step without enough reviewers: <a href="{page_of(stage.access_request)}"' in text
    assert f">{titles.of_revision(stage.revision)}, “{stage.step}”</a>" in text
    assert page not in text_of(signed_in(pat).get(INDEX))  # who wrote it
    assert "Also waiting" not in text_of(signed_in(rita).get(INDEX))
