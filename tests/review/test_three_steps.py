"""A committee's policy, walked through the real pages and the real admin as browsers would."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from demo.browser import Browser, BrowserPage
from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions import policies
from requests_app.actions.requests import requests
from requests_app.actions.review import stages
from requests_app.models import AccessRequest, Grant, Notice, Policy, Stage
from tests.conftest import ask_for, person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.stack]
Sign = Callable[[str], Browser]


def group(name: str, *people: str) -> Group:
    made = Group.objects.create(name=name)
    for each in people:
        person(each, staff=True).groups.add(made)
    return made


@pytest.fixture
def committee(opus: AIModel, pat: User, lee: User, owners: Group) -> Policy:
    """Triage 1 of 3; safety 2 of 4, blind; lead 1 of 2, only over 90 days, with directors."""
    steps = [
        policies.StepInput("Triage", group("Triage", "tia", "tom", "tess")),
        policies.StepInput("Safety", group("Safety", "sue", "sid", "sol", "sara"), 2, blind=True),
        policies.StepInput(
            "Lead",
            group("Leads", "lia", "leo"),
            alternates=group("Directors", "dora"),
            condition="longer_than",
            condition_value="90",
        ),
    ]
    policy = policies.create("steps", by=pat, name="Opus 3", owners=owners, ai_models=[opus])
    version = policies.draft(policy, policies.VersionInput("Use it well.", steps), by=pat)
    policies.publish(version, by=lee)
    return policy


@pytest.fixture
def sign_in(live_server: LiveServer, settings: Settings) -> Iterator[Sign]:
    """A browser of somebody who is signed in."""
    browsers: dict[str, Browser] = {}

    def sign_in(name: str) -> Browser:
        if name not in browsers:
            client = Client()
            client.force_login(User.objects.get(email=f"{name}@example.org"))
            browsers[name] = Browser(live_server.url)
            cookie = settings.SESSION_COOKIE_NAME
            browsers[name].client.cookies.set(cookie, client.cookies[cookie].value)
        return browsers[name]

    yield sign_in
    for browser in browsers.values():
        browser.client.close()


def decide(browser: Browser, asked: AccessRequest, choice: str, **fields: str) -> BrowserPage:
    """Choose on the review page, then confirm."""
    page = browser.open(f"/admin/requests_app/accessrequest/{asked.pk}/change/")
    page = browser.send(page, "reason", button=f"choice={choice}", **fields)
    assert "Please confirm" in page.text
    return browser.send(page, "shown", button="confirmed")


@pytest.fixture
def asked(committee: object, opus: AIModel, alice: User) -> AccessRequest:
    return requests.save(ask_for(opus, days=120), by=alice, submit=True)


@pytest.fixture
def at_safety(asked: AccessRequest, sign_in: Sign) -> AccessRequest:
    """Returned once, rewritten, and through triage."""
    decide(sign_in("tia"), asked, "return", reason="Which refusals do you compare?")
    alice = sign_in("alice")
    page = alice.open(f"/requests/{asked.public_id}/")
    assert "Which refusals do you compare?" in page.text
    form = alice.open(f"/requests/{asked.public_id}/edit/purpose/")
    alice.send(form, "purpose", purpose="Compare refusals on AdvBench.")
    alice.send(alice.open(f"/requests/{asked.public_id}/check/"), "/submit/")
    page = sign_in("tom").open(f"/admin/requests_app/accessrequest/{asked.pk}/change/")
    assert "AdvBench" in page.text
    decide(sign_in("tom"), asked, "approve", reason="Clear now.")
    return asked


def stage(asked: AccessRequest, name: str) -> Stage:
    return asked.stages.filter(step__name=name).latest("pk")


def test_three_steps_from_return_to_a_narrowed_grant(
    at_safety: AccessRequest, sign_in: Sign
) -> None:
    asked = at_safety
    decide(sign_in("sue"), asked, "recuse", reason="We share a grant.")
    decide(sign_in("sid"), asked, "recuse", reason="We are married.")
    decide(sign_in("sol"), asked, "approve", reason="A well-kept secret.")
    hidden = sign_in("sara").open(f"/admin/requests_app/accessrequest/{asked.pk}/change/")
    assert "A well-kept secret." not in hidden.text
    decide(sign_in("sara"), asked, "recuse", reason="My own data set.")
    assert stage(asked, "Safety").deadlocked_at
    told = Notice.objects.filter(template="stage_deadlocked")
    assert {notice.recipient.full_name for notice in told} == {"Lee", "Pat"}
    person("sven", staff=True).groups.add(Group.objects.get(name="Safety"))
    assert stages.recheck_all() == 1
    decide(sign_in("sven"), asked, "approve", reason="Safe enough.")
    finish_with_the_director(asked, sign_in)


def finish_with_the_director(asked: AccessRequest, sign_in: Sign) -> None:
    """Nobody of the leads answers in time; their alternate grants less."""
    lead = stage(asked, "Lead")
    assert stages.escalate(lead.pk, now=timezone.now() + timedelta(days=3.5))
    page = decide(sign_in("dora"), asked, "approve", reason="Start small.", days="60")
    assert "You approved “" in page.text
    asked.refresh_from_db()
    assert asked.state == "approved"
    grant = Grant.objects.get(access_request=asked)
    assert grant.duration == timedelta(days=60)
    assert "60 days" in sign_in("alice").open(f"/requests/{asked.public_id}/").text


def test_a_short_request_skips_the_lead(
    committee: object, opus: AIModel, alice: User, sign_in: Sign
) -> None:
    asked = requests.save(ask_for(opus, days=90), by=alice, submit=True)
    for name in ("tess", "sue", "sara"):
        decide(sign_in(name), asked, "approve", reason="Fine.")
    assert stage(asked, "Lead").state == "skipped"
    assert Grant.objects.get(access_request=asked).duration == timedelta(days=90)
