"""Editors change the catalogue by API: at once, or as a proposal where people can request it."""

from typing import Any

import pytest

from lifecycle.catalogue.models import AIModel, Provider
from lifecycle.people.models import User
from requests_app.actions import proposals
from requests_app.models import Event, Policy, Proposal
from requests_app.rules.catalogue import EDITORS_ONLY
from requests_app.transitions import audit_chain
from tests.api.test_tokens import with_token
from tests.conftest import person
from tests.support.api_client import API, Api, problem_of
from tests.voice.conftest import editor

pytestmark = pytest.mark.django_db

WHY = "The release notes say so."


@pytest.fixture
def erin(db: None) -> User:
    return editor(person("erin", staff=True))


def entry(identifier: str, **facts: Any) -> dict[str, Any]:
    return {
        "identifier": identifier,
        "provider": "anthropic",
        "name": "Claude Opus 3",
        "retirements": [],
        "replacements": [],
        "access": ["request"],
        "sources": [],
        **facts,
    }


def load(api: Api, *models: dict[str, Any], reason: str = WHY) -> Any:
    file = {"notice_days": {"anthropic": None}, "models": list(models)}
    return api.post(f"{API}/catalogue/", {"file": file, "reason": reason}, format="json")


def outcomes(answer: Any) -> dict[str, str]:
    assert answer.status_code == 200, answer.content
    return {each["identifier"]: each["outcome"] for each in answer.json()["models"]}


def test_models_are_added_changed_and_left_alone(opus: AIModel, erin: User) -> None:
    api = with_token(erin, "catalogue.write")
    first, second = entry(opus.identifier, name="Opus 3"), entry("claude-new", access=["none"])
    assert outcomes(load(api, first, second)) == {opus.identifier: "changed", "claude-new": "added"}
    assert outcomes(load(api, first, second)) == dict.fromkeys(
        (opus.identifier, "claude-new"), "unchanged"
    )
    assert AIModel.objects.get(pk=opus.pk).name == "Opus 3"
    event = Event.objects.get(kind="model.corrected")
    assert (event.actor, event.details["reason"]) == (erin, WHY)
    assert event.details["token"].startswith("token_")
    assert not list(audit_chain.problems())


def test_change_of_a_model_that_people_can_request_waits(
    policy: Policy, opus: AIModel, erin: User
) -> None:
    api = with_token(erin, "catalogue.write")
    source = {"url": "https://docs.example/opus", "kind": "provider"}
    replacement = {"identifier": "claude-opus-9", "source": source["url"]}
    changed = entry(opus.identifier, replacements=[replacement], sources=[source["url"]])
    file = {"notice_days": {"anthropic": None}, "sources": [source], "models": [changed]}
    body = {"file": file, "reason": WHY}
    answer = api.post(f"{API}/catalogue/", body, format="json")
    proposal = Proposal.objects.get()
    assert answer.json()["models"] == [
        {
            "identifier": opus.identifier,
            "outcome": "proposed",
            "proposal": proposal.public_id,
        }
    ]
    assert not opus.replacements.exists()
    assert outcomes(api.post(f"{API}/catalogue/", body, format="json")) == {
        opus.identifier: "waiting"
    }
    proposals.accept(proposal, by=editor(person("emil", staff=True)))
    assert opus.replacements.get().source.url == source["url"]


def test_bad_file_is_refused_whole_and_each_field_is_named(opus: AIModel, erin: User) -> None:
    api = with_token(erin, "catalogue.write")
    answer = load(api, entry("new-one"), entry("a b", released="2024-02-30"))
    (said,) = problem_of(answer, 422)["errors"]["file"]
    assert said.splitlines()[0].startswith("models[1] (a b).identifier: must have no spaces")
    assert "models[1] (a b).released: not a date" in said
    assert not AIModel.objects.filter(identifier="new-one").exists()


def test_reason_is_needed_and_nothing_is_half_stored(opus: AIModel, erin: User) -> None:
    api = with_token(erin, "catalogue.write")
    answer = load(api, entry("new-one"), entry(opus.identifier, name="Opus"), reason=" ")
    assert "reason" in problem_of(answer, 400)["errors"]
    assert list(AIModel.objects.values_list("name", flat=True)) == ["Claude Opus 3"]


def test_new_provider_has_its_event(erin: User) -> None:
    file = {"notice_days": {"lab": 30}, "models": [entry("lab-1", provider="lab")]}
    api = with_token(erin, "catalogue.write")
    answer = api.post(f"{API}/catalogue/", {"file": file, "reason": WHY}, format="json")
    assert outcomes(answer) == {"lab-1": "added"}
    assert Event.objects.get(provider=Provider.objects.get(slug="lab")).kind == "provider.added"


def test_only_editors_tokens_may(opus: AIModel, alice: User) -> None:
    answer = load(with_token(alice, "catalogue.write"), entry(opus.identifier, name="Opus"))
    assert problem_of(answer, 403)["detail"] == EDITORS_ONLY
