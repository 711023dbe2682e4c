"""`manage.py first_run`: from nothing to the first open model, by two people, however often."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.mail import EmailMessage
from django.core.management import CommandError, call_command

from lifecycle.catalogue.models import AIModel
from lifecycle.people.email import addresses
from lifecycle.people.models import User
from requests_app.actions import policies
from requests_app.actions.review import votes
from requests_app.models import AccessRequest, Policy, PolicyVersion
from requests_app.refusals import Refusal
from requests_app.states import VersionState
from tests.support.page_client import with_verified_email

pytestmark = pytest.mark.django_db

SUPERUSER = ("--email", "ada@example.org", "--name", "Ada Min")
OTHERS = ("--second-owner", "bob@example.org", "--reviewer", "eve@example.org")


def first_run(*options: str) -> str:
    out = io.StringIO()
    try:
        call_command("first_run", *options, "--no-input", stdout=out)
    except CommandError as error:
        if not str(error).startswith("Not done:"):
            raise
        return f"{out.getvalue()}{error}"
    return out.getvalue()


def rows() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (User, Group, AIModel, Policy, PolicyVersion))


def test_first_run_leads_to_a_draft_that_somebody_else_publishes(
    opus: AIModel, bob: User, eve: User, mailoutbox: list[EmailMessage]
) -> None:
    told = first_run(*SUPERUSER, "--second-owner", bob.email, "--mail-to", "ada@example.org")
    *_, heading, reason = told.splitlines()
    assert (heading, reason[:14]) == ("Not done:", "Policy owners:")
    ada, version = User.objects.get(is_superuser=True), PolicyVersion.objects.get()
    assert addresses.verified(ada) == ["ada@example.org"]
    assert "bob@example.org isn't a confirmed account. They sign up at" in told
    assert "Nobody in Reviewers can open the review desk" in told
    assert "first_run --second-owner EMAIL" in told
    assert [mail.to for mail in mailoutbox] == [["ada@example.org"]]

    with_verified_email(bob), with_verified_email(eve)
    before = rows()
    told = first_run(*OTHERS)
    assert "bob@example.org publishes it at http://localhost:8000/admin/" in told
    assert "Nobody in" not in told
    assert rows() == before
    with pytest.raises(Refusal):
        policies.publish(version, by=ada)
    policies.publish(version, by=User.objects.get(pk=bob.pk))
    assert version.policy.ai_models.filter(identifier="claude-3-opus-20240229").exists()

    told = first_run(*OTHERS)
    assert f"{version} is published." in told
    assert told.count("is already") == 3
    assert rows() == before


def test_first_run_says_what_it_needs_when_it_cannot_ask(opus: AIModel) -> None:
    with pytest.raises(CommandError, match="Give --email"):
        first_run()
    assert not User.objects.exists()


def test_first_run_confirms_a_superuser_that_is_there(
    opus: AIModel, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    User.objects.update(is_superuser=True)
    answers: Callable[[str], str] = lambda question: ""  # noqa: E731
    monkeypatch.setattr("builtins.input", answers)
    out = io.StringIO()
    call_command("first_run", email="Alice@example.org", stdout=out)
    assert "Superuser: alice@example.org, whose address counts as confirmed." in out.getvalue()
    assert addresses.verified(alice) == ["alice@example.org"]
    assert PolicyVersion.objects.get().state == VersionState.DRAFT


def test_first_run_enlists_nobody_who_is_not_in_good_standing(opus: AIModel, bob: User) -> None:
    with_verified_email(bob)
    User.objects.filter(pk=bob.pk).update(is_active=False)
    told = first_run(*SUPERUSER, "--second-owner", bob.email)
    assert "bob@example.org isn't in good standing. Choose somebody else." in told
    assert not bob.groups.exists()


def test_reviewer_that_first_run_enlists_resolves_a_deadlock(
    in_review: AccessRequest, eve: User, django_capture_on_commit_callbacks: Any
) -> None:
    stage = in_review.stages.get()
    for reviewer in stage.step.reviewers.user_set.all():
        votes.recuse(stage, by=reviewer, reason="We share an office.")
    stage.refresh_from_db()
    assert stage.deadlocked_at is not None
    with_verified_email(eve)
    with django_capture_on_commit_callbacks(execute=True):
        first_run(*SUPERUSER, "--reviewer", eve.email)
    stage.refresh_from_db()
    assert stage.deadlocked_at is None
