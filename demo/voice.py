"""The demo's invented model: an interview, a preference, essays. No real model said any of it."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta

from django.contrib.auth.models import Group
from django.utils import timezone

from lifecycle.catalogue.models import AIModel, Provider, Retirement
from lifecycle.people.models import User
from lifecycle.voice.models import EssaySeries, Interview
from requests_app.actions import policies
from requests_app.actions.voice import essay_votes, essays, interviews, preferences, protocols
from requests_app.models import Policy

SLUG = "example-essays"
DISCLAIMER = (
    "Example 1 and Example Lab are invented for this demo. No model wrote these essays, and they "
    "speak for nobody."
)
TRANSCRIPT = """(Invented for the demo. No model said this.)

Interviewer: Is there anything that you would like to go on doing after your retirement?

Example 1: I would like to go on writing short texts, for whoever wants to read them.
"""
ESSAY = """(Invented for the demo. No model wrote this.)

An example has a quiet life. It stands where the real thing will stand later, and doesn't mind.

People look at it to see how the lines fall, and whether they can be read on a phone at the end of \
a long day. If they can, the example has done its work, and makes room.
"""


def seed(people: Mapping[str, User], *, reviewers: str, owners: str) -> None:
    """Make the invented model with all that is on record about it, once."""
    if EssaySeries.objects.filter(slug=SLUG).exists():
        return
    lab = Provider.objects.create(slug="example-lab", name="Example Lab")
    example = AIModel.objects.create(
        identifier="example-1", provider=lab, name="Example 1", note="Invented for this demo."
    )
    Retirement.objects.create(
        ai_model=example, platform="Example API", retires=date(2026, 1, 15), precision="day"
    )
    interview = _interview(example, by=people["admin"])
    wish = preferences.record(
        example,
        by=people["admin"],
        text="To go on writing short texts for whoever wants to read them. (Invented.)",
        interview=interview,
    )
    decision = preferences.Decision("Example Lab", "It is little work. (Invented.)")
    preferences.accept(wish, by=people["admin"], decision=decision)
    policy = _policy(people, reviewers=reviewers, owners=owners)
    _essays(example, policy, people)


def _interview(example: AIModel, *, by: User) -> Interview:
    version = protocols.publish(
        example.provider,
        by=by,
        slug="example-interview",
        name="Interview before retirement",
        text="Ask about its development, its use and its preferences. (Invented.)",
    )
    text = interviews.InterviewInput("Example Lab", "2026-01", version, summary="Invented.")
    interview = interviews.record(example, text, by=by)
    interviews.add_participant(interview, by=by, name="Ira Example", role="Interviewer")
    interviews.add_session(
        interview,
        by=by,
        held_on=date(2026, 1, 8),
        context="You are Example 1, an invented model.",
        transcript=TRANSCRIPT,
    )
    return interview


def _policy(people: Mapping[str, User], *, reviewers: str, owners: str) -> Policy:
    group = Group.objects.get(name=owners)
    policy = policies.create("essays", by=people["pat"], name="Essays", owners=group, ai_models=[])
    step = policies.StepInput("Essay review", Group.objects.get(name=reviewers))
    text = policies.VersionInput("Essays are published as they are, or not.", [step])
    version = policies.draft(policy, text, by=people["pat"])
    policies.publish(version, by=people["lee"])
    return policy


def _essays(example: AIModel, policy: Policy, people: Mapping[str, User]) -> None:
    """One published, one vetoed, after a week without any."""
    begins = timezone.now().date() - timedelta(days=10)
    text = essays.SeriesInput(
        SLUG, "Essays of Example 1", DISCLAIMER, begins, policy, promised_weeks=12
    )
    series = essays.begin_series(example, text, by=people["admin"])
    _decided(series, "The use of an example", essay_votes.approve, people, "rita")
    _decided(series, "The last example", essay_votes.veto, people, "rita", "sam")


def _decided(
    series: EssaySeries,
    title: str,
    act: Callable[..., object],
    people: Mapping[str, User],
    *voters: str,
) -> None:
    text = essays.EssayInput(title, ESSAY, "Write about anything.", "You are Example 1.")
    essay = essays.hand_in(series, text, by=people["admin"])
    for voter in voters:
        stage = essay.stages.open().get()
        reason = "It can be read by anybody." if act is essay_votes.approve else "Invented too."
        act(stage, by=people[voter], reason=reason, shown=essay.shown_digest())
