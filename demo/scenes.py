"""What the screenshots show: a review in three steps, and one request in every standing."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from django.utils import timezone

from demo.people import POLICY, REVIEWERS, TERMS
from lifecycle.people import profiles
from lifecycle.people.models import User
from requests_app.actions import keys, policies, requests, reviews
from requests_app.actions.ask import Ask
from requests_app.actions.keys import ClaimedKey
from requests_app.models import AccessRequest, Grant, Policy, Sighting, Stage, Usage

MODEL = "claude-3-opus-20240229"
PURPOSE = (
    "Compare how Claude Opus 3 refuses, and explains its refusals, with how its successors do, on "
    "400 published prompts about medical advice.\n\nNewer models can't stand in for it: the study "
    "that we repeat was made with this one. Prompts, answers and code will be published."
)
TEAM = "Two of us: I write the prompts; a colleague rates the answers, not knowing whose they are."
QUESTION = "Which of the prompts name real people, and how do you keep the answers?"
DENIAL = "A newer model can answer this; see the replacement that the provider names."
ASKERS = {
    "noor": ("Noor Haddad", "Example University"),
    "jonas": ("Jonas Weber", "Institute for Examples"),
    "mei": ("Mei Chen", "Sample College"),
    "tomas": ("Tomás Ruiz", ""),
    "ines": ("Inês Costa", "Example University"),
}


def play(password: str) -> dict[str, AccessRequest]:
    """From who asks to how their request stands; each can sign in with this password."""
    _three_steps()
    people = {short: _asker(short, password) for short in ASKERS} | {"alice": _person("alice")}
    rows = {short: _ask(person, sent=short != "jonas") for short, person in people.items()}
    _vote(rows["alice"], "rita")
    _vote(rows["mei"], "rita", reviews.ask_for_changes, QUESTION)
    _vote(rows["tomas"], "rita", reviews.deny, DENIAL)
    for reviewer in ("rita", "sam", "admin"):
        _vote(rows["noor"], reviewer)
    _use(keys.claim(rows["noor"].grants.get(), by=people["noor"]))
    return rows


def _three_steps() -> None:
    """The demo's policy, in a second version."""
    policy = Policy.objects.get(slug=POLICY)
    named = {"Research review": REVIEWERS, "Safety review": "Safety reviewers", "Lead": "Leads"}
    groups = {step: Group.objects.get_or_create(name=name)[0] for step, name in named.items()}
    _person("sam").groups.add(groups["Safety review"])
    _person("admin").groups.add(groups["Lead"])
    steps = [policies.Step(step, group) for step, group in groups.items()]
    text = policies.Text(
        TERMS, steps, requests_per_minute=60, tokens_per_day=2_000_000, spend_cap=400
    )
    version = policies.draft(policy, text, by=_person("pat"))
    policies.publish(version, by=_person("lee"))


def _person(short: str) -> User:
    return User.objects.get(email=f"{short}@example.org")


def _asker(short: str, password: str) -> User:
    name, institution = ASKERS[short]
    email = f"{short}@example.org"
    user = User.objects.create_user(email, password, full_name=name)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return profiles.update_profile(
        user, full_name=name, institution=institution, orcid="", country=""
    )


def _ask(person: User, *, sent: bool) -> AccessRequest:
    today = timezone.now().date()
    version = Policy.objects.get(slug=POLICY).current
    assert version
    ask = Ask(
        (MODEL,),
        PURPOSE,
        today,
        today + timedelta(days=90),
        organisation=person.institution.name if person.institution else "Independent",
        team=TEAM,
        inputs="Published prompts; nobody is named in them.",
        safety="Answers with advice are read by two of us before they are published.",
        attests=True,
        accepted_terms=f"{POLICY}/{version.number}",
    )
    return requests.save(
        ask if sent else replace(ask, team="", attests=False), by=person, submit=sent
    )


def _vote(
    access_request: AccessRequest,
    reviewer: str,
    vote: Callable[..., Stage] = reviews.approve,
    said: str = "A clear question that no newer model can answer.",
) -> None:
    stage = access_request.stages.open().get()
    vote(stage, by=_person(reviewer), reason=said, shown=stage.revision.digest())


def _use(claimed: ClaimedKey) -> None:
    """A month of it, as a gateway would have reported."""
    key, today = claimed.key, timezone.now()
    ai_model = key.grant.granted_models.get().ai_model
    for ago in range(30):
        calls = _calls(today - timedelta(days=ago))
        Usage.objects.create(
            key=key,
            ai_model=ai_model,
            day=(today - timedelta(days=ago)).date(),
            requests=calls,
            input_tokens=900 * calls,
            output_tokens=350 * calls,
            cost=40_000 * calls,
        )
    Sighting.objects.update_or_create(key=key, defaults={"last_used_at": today})
    Grant.objects.filter(pk=key.grant_id).update(tokens_per_day=400_000)


def _calls(day: datetime) -> int:
    """Few at weekends, more and less in turn on other days."""
    return 12 if day.weekday() > 4 else 120 + 37 * (day.toordinal() % 5)
