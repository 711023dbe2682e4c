"""A model that was withdrawn: nobody reads that they have access to it, and what ends is said."""

from datetime import timedelta

import pytest
from django.utils import timezone

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.models import Grant
from tests.web import Browser, page

pytestmark = pytest.mark.django_db


def withdrawn(days: int) -> None:
    AIModel.objects.update(withdrawn_at=timezone.now() + timedelta(days=days))


def test_a_withdrawn_models_page_says_that_no_key_reaches_it(
    grant: Grant, opus: AIModel, alice: User
) -> None:
    withdrawn(-1)
    shown = page(Browser(alice).get(f"/models/{opus.identifier}/"))
    assert "No key reaches it any more, yours included." in shown
    assert "You have access" not in shown


def test_access_pages_say_that_a_model_is_withdrawn(grant: Grant, alice: User) -> None:
    withdrawn(-1)
    lines, one = (page(Browser(alice).get(f"/access/{part}")) for part in ("", f"{grant}/"))
    assert "Claude Opus 3 is withdrawn" in lines
    assert "make your key" not in lines
    assert "No key reaches it any more, and none will." in one


def test_pages_say_until_when_a_model_can_be_reached(
    grant: Grant, opus: AIModel, alice: User
) -> None:
    withdrawn(5)
    browser = Browser(alice)
    assert "until it is withdrawn, at" in page(browser.get(f"/models/{opus.identifier}/"))
    assert "Claude Opus 3 until" in page(browser.get("/access/"))
    assert "No key reaches it from then on." in page(browser.get(f"/access/{grant}/"))
