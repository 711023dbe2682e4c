"""The page that says how to call the models of a grant."""

import html
import re
from typing import Any

import pytest
from django.core import mail
from pytest_django import Settings

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app import tasks
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.gateway.http.problems import PROBLEMS
from requests_app.models import Grant
from requests_app.wording import call_snippets
from tests.support.page_client import Browser, assert_nothing_inline, main_of, other_model, page

pytestmark = pytest.mark.django_db
BASE = "https://models.example.org"
OPUS = "claude-3-opus-20240229"


def codes(response: Any) -> dict[str, str]:
    """The text of each snippet, by its id."""
    found = re.findall(r'<code id="([\w-]+)">(.*?)</code>', response.content.decode(), re.DOTALL)
    return {name: html.unescape(code) for name, code in found}


def test_page_has_code_for_both_sdks_that_holds_no_key(
    grant: Grant, alice: User, eve: User, settings: Settings
) -> None:
    settings.MODELS_URL = BASE
    response = Browser(alice).get(f"/access/{grant}/call/")
    assert_nothing_inline(response)
    shown = codes(response)
    assert f"export ANTHROPIC_BASE_URL={BASE}\n" in shown["anthropic-shell"]
    assert f"export OPENAI_BASE_URL={BASE}/v1\n" in shown["openai-shell"]
    kinds = [f"{api}-{by}" for api in ("anthropic", "openai") for by in ("curl", "python")]
    kinds += ["anthropic-typescript", "openai-typescript"]
    for name in (*kinds, *(f"{kind}-streaming" for kind in kinds)):
        assert f'"{OPUS}"' in shown[name]
    assert "emk_" not in response.content.decode()
    buttons = re.findall(r"<button[^>]*data-copies[^>]*>(.*?)</button>", main_of(response), re.S)
    names = {" ".join(re.sub(r"<[^>]+>", "", one).split()) for one in buttons}
    assert len(names) == len(buttons) == len(shown)
    assert "Copy Anthropic, Messages, Python, streaming" in names
    for problem in PROBLEMS:
        assert f'href="/problems/#{problem.slug}"' in response.content.decode()
    assert "Create your key first" in page(response)
    assert Browser(eve).get(f"/access/{grant}/call/").status_code == 404


def test_route_says_where_calls_go_and_by_which_api(
    claimed: ClaimedKey, opus: AIModel, alice: User, settings: Settings
) -> None:
    address = f"/access/{claimed.key.grant}/call/"
    assert "Ask the people who run this site for its base URL" in page(Browser(alice).get(address))
    settings.MODELS_URL = BASE
    opus.access_routes.update(base_url="http://127.0.0.1:8080/opus", api="openai")
    response = Browser(alice).get(address)
    assert "OPENAI_BASE_URL=http://127.0.0.1:8080/opus/v1" in codes(response)["openai-shell"]
    assert "anthropic-shell" not in codes(response)
    assert "Create your key first" not in page(response)
    granted = claimed.key.grant.granted_models.get()
    granted.pk, granted.ai_model = None, other_model("haiku", "request")
    granted.save()
    assert '"haiku"' in codes(Browser(alice).get(f"{address}?model=haiku"))["anthropic-curl"]
    Grant.objects.update(operations=["completions"])
    assert "/completions" in codes(Browser(alice).get(address))["completions-curl"]
    opus.access_routes.update(api="anthropic")
    assert "This access is for completions only" in page(Browser(alice).get(address))


def test_an_identifier_ends_no_quotes() -> None:
    odd = "a'\"$(id)`\\"
    for guide in call_snippets.guides(odd, BASE, "", ["messages"]):
        curl, python, typescript = guide.snippets
        assert "'\"'\"'" in curl.whole
        assert r'''"a'\"$(id)`\\"''' in python.whole
        assert r'''"a'\"$(id)`\\"''' in typescript.streaming


def test_page_is_linked_from_grant_new_key_and_mails(
    grant: Grant, alice: User, settings: Settings
) -> None:
    browser, address = Browser(alice), f"/access/{grant}/call/"
    assert address in browser.get(f"/access/{grant}/").content.decode()
    new_key = browser.post(f"/access/{grant}/claim/").content.decode()
    assert re.search(rf'href="{address}"\s+target="_blank"', new_key)
    assert address in browser.get(f"/access/{grant}/").content.decode()
    tasks.send_notices()
    approved = next(one for one in mail.outbox if one.subject.startswith("Approved"))
    assert f"{settings.SITE_URL}{address}" in str(approved.body)
