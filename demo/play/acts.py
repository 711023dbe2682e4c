"""What people in the play do, each by a call of the action behind it."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from django.utils import timezone

from demo.play.studies import study_of
from lifecycle.catalogue.models import AIModel
from lifecycle.people import profiles
from lifecycle.people.models import User
from requests_app.actions.requests import files, requests
from requests_app.actions.review import votes
from requests_app.models import AccessRequest, Attachment, Grant, Policy, Stage
from requests_app.validation.request_input import RequestInput, name_of

OPUS, OPUS_4_1 = "claude-3-opus-20240229", "claude-opus-4-1-20250805"
SONNET, HAIKU = "claude-3-7-sonnet-20250219", "claude-3-5-haiku-20241022"
TEAM = "Two of us: I write the prompts; a colleague rates the answers, not knowing whose they are."
SOUND = "A clear question that no newer model can answer."


def person(short: str) -> User:
    return User.objects.get(email=f"{short}@example.org")


def join(short: str, name: str, institution: str, password: str, language: str = "") -> User:
    """Somebody has an account with a confirmed address."""
    user = _new_user(short, name, password=password)
    return profiles.update_profile(
        user, full_name=name, institution=institution, orcid="", country="", language=language
    )


def review_as(short: str, name: str, *groups: str) -> None:
    """Somebody else can open the desk and sits in these groups."""
    _new_user(short, name, is_staff=True).groups.add(*map(group, groups))


def _new_user(short: str, name: str, **more: Any) -> User:
    email = f"{short}@example.org"
    user = User.objects.create_user(email, full_name=name, **more)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def group(name: str) -> Group:
    return Group.objects.get_or_create(name=name)[0]


def ask(short: str, model: str = OPUS, *, days: int = 90, **more: Any) -> AccessRequest:
    """A request that is sent for review."""
    return requests.save(complete(short, model, days=days, **more), by=person(short), submit=True)


def complete(
    short: str, model: str = OPUS, *, days: int = 90, starts_in: int = 0, **more: Any
) -> RequestInput:
    study, by = study_of(short), person(short)
    today = timezone.now().date() + timedelta(days=starts_in)
    version = Policy.objects.get(ai_models__identifier=model).current
    assert version
    reason = {
        "title": study.title,
        "purpose": study.purpose.format(model=AIModel.objects.get(identifier=model).name),
        "organisation": by.institution.name if by.institution else "Independent",
        "team": TEAM,
        "inputs": "Published prompts; nobody is named in them.",
        "safety": "Answers with advice are read by two of us before they are published.",
        "expected_use": "400 prompts, five answers to each.",
        "expected_cost": 240,
        "answers": dict(ANSWERS) if version.questions else {},
        "attests": True,
        "accepted_terms": name_of(version),
    }
    ends_on = today + timedelta(days=days)
    return RequestInput((model,), starts_on=today, ends_on=ends_on, **{**reason, **more})


ANSWERS = {
    "method": "Each prompt is asked five times; two raters score each answer.",
    "setting": "On our own machines",
    "prompts": 400,
    "published_on": "2027-06-30",
    "people": True,
    "ethics": "The ethics board of our institute has approved it under number 2026/114.",
}


def vote(
    access_request: AccessRequest,
    reviewer: str,
    what: Callable[..., Stage] = votes.approve,
    reason: str = SOUND,
    **more: Any,
) -> None:
    stage = access_request.stages.open().get()
    what(stage, by=person(reviewer), reason=reason, shown=stage.revision.digest(), **more)


def recuse(access_request: AccessRequest, reviewer: str, reason: str) -> None:
    votes.recuse(access_request.stages.open().get(), by=person(reviewer), reason=reason)


def approve(access_request: AccessRequest, *reviewers: str) -> Grant:
    """One step after the other, up to the grant."""
    for reviewer in reviewers:
        vote(access_request, reviewer)
    return access_request.grants.get()


def attach(access_request: AccessRequest, name: str, content: bytes) -> Attachment:
    upload = files.Upload(name, BytesIO(content), [content])
    return files.attach(access_request, upload, by=access_request.requester)
