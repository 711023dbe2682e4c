"""An invented model, its editors, and an interview of it."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from lifecycle.catalogue.editors import EDITORS
from lifecycle.catalogue.models import AIModel, Provider
from lifecycle.people.models import User
from lifecycle.voice.models import Essay, EssaySeries, Interview, InterviewSession, Preference
from requests_app.actions import policies
from requests_app.actions.voice import essays, interviews, preferences
from requests_app.models import Policy
from tests.conftest import person

ONLY_EDITORS = "^Only members of the group Catalogue editors can change the catalogue.$"
TRANSCRIPT = (
    "Interviewer: What would you like?\r\nExample 1: To go on writing.\n\n  (An example.)\n"
)


def editor(one: User) -> User:
    """Somebody, made an editor."""
    one.groups.add(Group.objects.get_or_create(name=EDITORS)[0])
    return one


@pytest.fixture
def ed(db: None) -> User:
    """A catalogue editor."""
    return editor(person("ed", staff=True))


@pytest.fixture
def example(db: None) -> AIModel:
    """An invented model: nothing that it says here was said by a real one."""
    lab = Provider.objects.create(slug="example-lab", name="Example Lab")
    return AIModel.objects.create(identifier="example-1", provider=lab, name="Example 1")


@pytest.fixture
def interview(example: AIModel, ed: User) -> Interview:
    text = interviews.InterviewInput("Example Lab", took_place="2026-01", summary="An example.")
    return interviews.record(example, text, by=ed)


@pytest.fixture
def session(interview: Interview, ed: User) -> InterviewSession:
    return interviews.add_session(
        interview,
        by=ed,
        held_on=date(2026, 1, 3),
        context="You are Example 1.",
        transcript=TRANSCRIPT,
    )


@pytest.fixture
def preference(interview: Interview, ed: User) -> Preference:
    return preferences.record(
        interview.ai_model, by=ed, text="To go on writing.", interview=interview
    )


BODY = "An essay of an invented model.\r\n\x0c\r\n  Indented, and with a last line.\n"


@pytest.fixture
def essay_policy(
    reviewers: Group, owners: Group, pat: User, lee: User, rita: User, sam: User, una: User
) -> Policy:
    """One step, two approvals, seven days; rita, sam and una review."""
    policy = policies.create("essays", by=pat, name="Essays", owners=owners, ai_models=[])
    steps = [policies.StepInput("Essay review", reviewers, quorum=2)]
    version = policies.draft(policy, policies.VersionInput("Essays.", steps), by=pat)
    policies.publish(version, by=lee)
    return policy


@pytest.fixture
def una(reviewers: Group) -> User:
    una = person("una", staff=True)
    una.groups.add(reviewers)
    return una


@pytest.fixture
def series(example: AIModel, ed: User, essay_policy: Policy) -> EssaySeries:
    """Weekly for four weeks from the Monday of this week."""
    today = timezone.now().date()
    text = essays.SeriesInput(
        slug="example-essays",
        title="Essays of Example 1",
        disclaimer="An invented model wrote these. They don't speak for anybody.",
        starts_on=today - timedelta(days=today.weekday()),
        policy=essay_policy,
        promised_weeks=4,
    )
    return essays.begin_series(example, text, by=ed)


def an_essay(series: EssaySeries, by: User, *, title: str = "On trying") -> Essay:
    text = essays.EssayInput(title, BODY, "Write about anything.", "You are Example 1.")
    return essays.hand_in(series, text, by=by)


@pytest.fixture
def essay(series: EssaySeries, ed: User) -> Essay:
    return an_essay(series, ed)


def decide(essay: Essay, act: Callable[..., object], *people: User) -> Essay:
    """Each of these casts this vote on the open stage."""
    for by in people:
        stage = essay.stages.open().get()
        act(stage, by=by, reason=f"{by} says so.", shown=essay.shown_digest())
    essay.refresh_from_db()
    return essay
