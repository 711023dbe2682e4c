"""Months of reminders, with processes that die and a beat that fails: each is sent once."""

import random

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.core import mail

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions import policies
from requests_app.models import AccessRequest, ReviewerPreference
from requests_app.transitions import audit_chain
from tests.conftest import person
from tests.support.crashing_threads import CrashInjector, install
from tests.support.simulation.expected import (
    check_deliveries,
    check_end,
    check_escalation,
    check_reminders,
    check_who_was_told,
    lives,
)
from tests.support.simulation.runner import HOUR, QUORUM, REQUESTS, START, WINDOW, Run, plan_for
from tests.support.soak_sizes import size

SEED = 20261122


@pytest.fixture
def run(opus: AIModel, owners: Group, pat: User, lee: User, monkeypatch: pytest.MonkeyPatch) -> Run:
    dice = random.Random(SEED)  # noqa: S311  # not for secrets
    people = {name: person(name, staff=True) for name in ("rita", "sam", "tom", "uma")}
    reviewers = Group.objects.create(name="Reviewers")
    alternates = Group.objects.create(name="Alternates")
    reviewers.user_set.set([people[name] for name in ("rita", "sam", "tom")])
    alternates.user_set.set([people["uma"]])
    ReviewerPreference.objects.create(person=people["tom"], daily_digest=True)
    with time_machine.travel(START - HOUR, tick=False):
        policy = policies.create("p", by=pat, name="P", owners=owners, ai_models=[opus])
        step = policies.StepInput("Review", reviewers, QUORUM, window=WINDOW, alternates=alternates)
        version = policies.draft(policy, policies.VersionInput("Terms.", [step]), by=pat)
        policies.publish(version, by=lee)
    askers = User.objects.bulk_create(
        User(email=f"asker{n}@example.org", full_name=f"Asker {n}") for n in range(REQUESTS)
    )
    crashes = CrashInjector(dice, chance=0.004, refusals=0.03)
    install(crashes, monkeypatch)
    return Run(crashes, people, opus, [plan_for(asker, dice) for asker in askers])


@pytest.mark.soak
@pytest.mark.django_db(transaction=True)
def test_reminders_of_many_days_are_sent_once_and_none_after_the_decision(run: Run) -> None:
    run.go()
    run.finish()
    assert AccessRequest.objects.count() == REQUESTS
    for life in lives():
        check_reminders(run, life)
        check_escalation(run, life)
        check_end(run, life)
        check_who_was_told(run, life)
    check_deliveries(run.crashes.deliveries)
    assert len(mail.outbox) == len(run.crashes.deliveries)
    assert not list(audit_chain.problems())
    assert sum(run.crashes.deaths.values()) > size(3, 200), run.crashes.deaths
