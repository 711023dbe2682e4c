"""What went wrong with reminders and notices elsewhere, one test each; the docstrings say where."""

import ast
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from celery.schedules import schedule
from django.conf import settings
from django.contrib.auth.models import Group
from django.core import mail

from lifecycle.catalogue.models import AIModel
from lifecycle.config.celery import app
from lifecycle.config.env import ROOT
from lifecycle.people.models import User
from requests_app import tasks
from requests_app.actions import policies
from requests_app.actions.grants import activation
from requests_app.actions.requests import requests
from requests_app.actions.review import votes
from requests_app.models import (
    AccessRequest,
    Event,
    Grant,
    Notice,
    Policy,
    Stage,
)
from tests.conftest import ask_for
from tests.support.concurrency import at_once

pytestmark = pytest.mark.django_db


def shown(stage: Stage) -> str:
    return stage.revision.digest()


# Reminders and silence ------------------------------------------------------------------------


@pytest.mark.parametrize("window", [timedelta(minutes=9), timedelta(days=2), timedelta(days=30)])
def test_remind_never_comes_right_before_the_end(
    policy: Policy, opus: AIModel, alice: User, pat: User, lee: User, reviewers: Group, window: Any
) -> None:
    """MIT-LCP/physionet-build #2528: a reminder seconds before the automatic rejection."""
    step = policies.StepInput("Review", reviewers, window=window)
    policies.publish(
        policies.draft(policy, policies.VersionInput("Terms.", [step]), by=pat), by=lee
    )
    stage = requests.save(ask_for(opus), by=alice, submit=True).stages.get()
    for percent in range(101):
        with time_machine.travel(stage.opened_at + window * percent / 100, tick=False):
            tasks.expire_stages()
            tasks.remind_stages()
    reminded = Event.objects.filter(kind="stage.reminded").values_list("at", flat=True)
    assert 1 <= len(reminded) <= 3
    assert max(reminded) <= stage.due_at - window / 10


@pytest.mark.django_db(transaction=True)
def test_remind_at_once_by_two_sweeps_reminds_once(stage: Stage) -> None:
    """MIT-LCP/physionet-build #2528: two crons raced."""
    with time_machine.travel(stage.remind_at, tick=False):
        at_once(tasks.remind_stages, tasks.remind_stages)
    assert Event.objects.filter(kind="stage.reminded").count() == 1


def test_silence_for_a_year_approves_nothing(stage: Stage, alice: User) -> None:
    """physionet: a command approved everything that had waited for a year."""
    with time_machine.travel(stage.opened_at + timedelta(days=366), tick=False):
        for name in settings.CELERY_BEAT_SCHEDULE:
            getattr(tasks, name)()
    assert AccessRequest.objects.get().state == "expired"
    assert not Grant.objects.exists()
    assert [m.to for m in mail.outbox if "no decision" in m.subject.lower()] == [[alice.email]]


@pytest.mark.parametrize("late", [timedelta(0), timedelta(hours=5), timedelta(days=3)])
def test_remind_after_a_missed_run_is_late_and_not_lost(stage: Stage, late: timedelta) -> None:
    """Synapse: reminders matched one exact day, so a missed run was a missed mail."""
    with time_machine.travel(stage.remind_at + late, tick=False):
        assert tasks.remind_stages() == 1


def test_remind_in_every_sweep_of_a_day_mails_once(stage: Stage, rita: User) -> None:
    """discord/access: date windows without a ledger repeated and lost mails."""
    for minutes in range(0, 24 * 60, 30):
        with time_machine.travel(stage.remind_at + timedelta(minutes=minutes), tick=False):
            tasks.remind_stages()
            tasks.send_notices()
    reminders = [m for m in mail.outbox if m.to == [rita.email] and "Reminder" in m.subject]
    assert len(reminders) == 1


# What people are told -------------------------------------------------------------------------


def test_approve_that_fails_announces_nothing(
    stage: Stage, rita: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """AWS TEAM: "granted" was announced before it was."""

    def fail(*args: Any, **kwargs: Any) -> None:
        raise OSError("no grant")

    monkeypatch.setattr(activation, "create", fail)
    with pytest.raises(OSError, match="no grant"):
        votes.approve(stage, by=rita, reason="Yes.", shown=shown(stage))
    assert not Notice.objects.filter(template="request_approved").exists()
    assert AccessRequest.objects.get().state == "in_review"


def test_decision_is_told_to_the_others_who_were_asked(stage: Stage, rita: User, sam: User) -> None:
    """AWS TEAM #263: the other approvers never heard that it was decided."""
    votes.approve(stage, by=rita, reason="Yes.", shown=shown(stage))
    told = Notice.objects.filter(template="stage_decided")
    assert [notice.recipient for notice in told] == [sam]


@pytest.mark.parametrize(
    ("act", "template"),
    [
        (votes.approve, "request_approved"),
        (votes.deny, "request_denied"),
        (votes.ask_for_changes, "request_returned"),
    ],
)
def test_decision_is_told_to_the_requester(
    stage: Stage, alice: User, rita: User, act: Callable[..., Any], template: str
) -> None:
    """teleport #32620: the requester never heard."""
    act(stage, by=rita, reason="Because.", shown=shown(stage))
    assert Notice.objects.get(template=template).recipient == alice


# The beat -------------------------------------------------------------------------------------


def test_no_task_is_scheduled_ahead() -> None:
    """celery/kombu #337: Redis redelivers tasks whose ETA is beyond the visibility timeout."""
    for path in [*ROOT.glob("requests_app/**/*.py"), *ROOT.glob("lifecycle/**/*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.keyword):
                assert node.arg not in ("eta", "countdown"), f"{path}:{node.value.lineno}"
            if isinstance(node, ast.Attribute) and ast.unparse(node.value) != "self":
                assert node.attr not in ("apply_async", "retry", "delay"), f"{path}:{node.lineno}"


NOT_URGENT = {"requests_app.tasks.reconcile", "requests_app.tasks.sweep_files"}


def test_beat_counts_seconds_and_knows_every_sweep() -> None:
    """django-celery-beat #134, #604: entries by the wall clock misfired around its changes."""
    entries = app.conf.beat_schedule
    sweeps = {name for name in app.tasks if name.startswith("requests_app.tasks.")}
    assert {entry["task"] for entry in entries.values()} == sweeps - {
        "requests_app.tasks.send_notice"
    }
    for entry in entries.values():
        seconds = entry["schedule"]
        assert isinstance(seconds, int | schedule)
        assert seconds <= (3600 if entry["task"] in NOT_URGENT else 60)
        assert "expires" not in entry.get("options", {})
    assert str(app.conf.timezone) == "UTC"
