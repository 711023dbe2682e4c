"""Random people, institutions, requests, grants, keys and shared access, made by the actions."""

import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import Group
from django.utils import timezone

from lifecycle.catalogue.models import AccessRoute, AIModel, Retirement
from lifecycle.people import profiles
from lifecycle.people.models import Institution, User
from requests_app.actions import policies
from requests_app.actions.grants import collaborators, grants, suspensions
from requests_app.actions.keys import key_revocation, keys, service_tokens
from requests_app.actions.requests import affiliations
from requests_app.actions.review import votes
from requests_app.actions.standing import access, rules
from requests_app.models import AccessRequest, Grant, Policy
from requests_app.models.access.standing_input import StandingRuleInput
from requests_app.refusals import Refusal
from tests.conftest import ask_for, person, today
from tests.support import accepted_collaborators

PLACES = ("Oslo", "Kyiv", "Lima", "")


class World:
    """Five people, three institutions, two policies with a model each; `live` takes more steps."""

    def __init__(self, seed: int, *, reviewers: Group, owners: Group, superuser: User) -> None:
        self.rng = random.Random(seed)
        self.superuser, self.rita = superuser, User.objects.get(email="rita@example.org")
        self.pat, self.lee = (User.objects.get(email=f"{n}@example.org") for n in ("pat", "lee"))
        self.people = [person(f"p{n}") for n in range(5)]
        self.models = [self._model(n) for n in range(2)]
        self.policies = [self._policy(m, reviewers, owners) for m in self.models]
        self.rules = [self._rule(policy) for policy in self.policies]
        self.acts: list[Callable[[], Any]] = [
            *(self.ask, self.ask, self.ask, self.decide, self.decide, self.decide),
            *(self.claim, self.claim, self.share, self.share, self.start, self.move, self.vouch),
            *(self.rotate, self.revoke_key, self.end, self.suspend, self.token),
        ]

        for act in (self.move, self.ask, self.approve, self.share, self.claim):
            for _ in range(6):
                with suppress(Refusal):
                    act()

    def _model(self, n: int) -> AIModel:
        opus = AIModel.objects.get(name="Claude Opus 3")
        model = AIModel.objects.create(identifier=f"m{n}", provider=opus.provider, name=f"M{n}")
        AccessRoute.objects.create(ai_model=model, kind=AccessRoute.Kind.REQUEST)
        precision = Retirement.Precision.DAY
        Retirement.objects.create(
            ai_model=model, platform="API", retires=today(), precision=precision
        )
        return model

    def _policy(self, model: AIModel, reviewers: Group, owners: Group) -> Policy:
        slug = f"policy-{model.identifier}"
        policy = policies.create(slug, by=self.pat, name=slug, owners=owners, ai_models=[model])
        text = policies.VersionInput("For research.", [policies.StepInput("Review", reviewers)])
        policies.publish(policies.draft(policy, text, by=self.pat), by=self.lee)
        return policy

    def _rule(self, policy: Policy) -> Any:
        lab = Group.objects.create(name=f"Lab of {policy.slug}")
        lab.user_set.add(*self.people)
        until = timezone.now() + timedelta(days=300)
        text = StandingRuleInput("Lab", [policy.ai_models.get()], until, group=lab)
        return rules.publish(rules.draft(policy, text, by=self.pat), by=self.lee)

    def live(self, steps: int) -> None:
        for _ in range(steps):
            with suppress(Refusal):  # as somebody who tries what they may not
                self.rng.choice(self.acts)()

    def subjects(self) -> list[Any]:
        """Two institutions, and one of each other kind, in a random order."""
        places = list(Institution.objects.filter(name__in=PLACES).order_by("pk"))
        others = [self.rng.choice(kind) for kind in (self.people, self.policies, self.models)]
        found = [*self.rng.sample(places, min(2, len(places))), *others]
        self.rng.shuffle(found)
        return found

    def _one(self, rows: Any) -> Any:
        found = list(rows.order_by("pk"))
        return self.rng.choice(found) if found else None

    def _grant(self) -> Grant | None:
        found: Grant | None = self._one(Grant.objects.live())
        return found

    def ask(self) -> None:
        by, *others = self.rng.sample(self.people, 3)
        ask = replace(
            ask_for(self.rng.choice(self.models)),
            organisation=self.rng.choice(PLACES) or "Alone",
            collaborators=tuple(each.email for each in self.rng.sample(others, 1)),
        )
        accepted_collaborators.save(ask, by=by, submit=self.rng.random() < 0.8)

    def approve(self) -> None:
        self._vote(votes.approve)

    def decide(self) -> None:
        self._vote(self.rng.choice((votes.approve, votes.ask_for_changes)))

    def _vote(self, vote: Any) -> None:
        if row := self._one(AccessRequest.objects.filter(state="in_review")):
            stage = row.stages.open().get()
            vote(stage, by=self.rita, reason="Fine.", shown=stage.revision.digest())

    def claim(self) -> None:
        if grant := self._grant():
            shared = grant.collaborators.filter(removed_at=None, accepted_at__isnull=False).first()
            keys.claim(grant, by=shared.person if shared else grant.holder)

    def share(self) -> None:
        grant = self._grant()
        place = grant and grant.collaborators.filter(removed_at=None).first()
        if grant and place:
            act = collaborators.accept if self.rng.random() < 0.7 else collaborators.leave
            act(grant, by=place.person)

    def move(self) -> None:
        who = self.rng.choice(self.people)
        affiliations.change_profile(
            who, full_name=who.full_name, institution=self.rng.choice(PLACES), orcid="", country=""
        )

    def vouch(self) -> None:
        who = User.objects.get(pk=self.rng.choice(self.people).pk)
        before, who.institution = who.institution, profiles.institution_named("Lima")
        who.save()
        affiliations.note_change(who, before, by=self.superuser)

    def rotate(self) -> None:
        if (grant := self._grant()) and (key := grant.keys.filter(state="active").first()):
            keys.rotate(key, by=key.holder)

    def revoke_key(self) -> None:
        if (grant := self._grant()) and (key := grant.keys.filter(state="active").first()):
            key_revocation.revoke(key, by=key.holder)

    def end(self) -> None:
        if grant := self._grant():
            grants.end(grant, by=grant.holder)

    def suspend(self) -> None:
        if grant := self._grant():
            suspensions.suspend(grant, by=self.pat, reason="Looking into it.")

    def token(self) -> None:
        until, who = timezone.now() + timedelta(days=9), self.rng.choice(self.people)
        service_tokens.create(
            "Robot", owner=who, permissions=["read"], expires_at=until, by=self.superuser
        )

    def start(self) -> None:
        access.start(self.rng.choice(self.rules), by=self.rng.choice(self.people), accepts=True)
