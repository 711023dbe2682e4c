"""A button of the desk pressed twice without a script: done once, and its result is shown."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from lifecycle.people.models import User
from requests_app.actions import policies
from requests_app.models import Event, Grant, Policy, Stage, Vote
from requests_app.validation.policy_version import version_input_of
from tests.support.desk_client import LIST, form_for
from tests.support.page_client import Browser, page

pytestmark = pytest.mark.django_db

DONE = "You clicked twice, so this was done once."

LEAKED = {"reason": "It leaked.", "typed": "revoke"}


def pressed_twice(who: User, address: str, **sent: object) -> str:
    browser = Browser(who)
    browser.post(address, sent)
    shown = browser.post(address, sent, follow=True)
    assert shown.status_code == 200
    return page(shown)


def test_voting_twice_votes_once(stage: Stage, rita: User) -> None:
    address = f"{LIST}{stage.access_request_id}/decide/"
    sent = form_for(stage, "approve", confirmed="yes")
    assert DONE in pressed_twice(rita, address, **sent)
    assert Vote.objects.count() == 1


def test_publishing_twice_publishes_once(policy: Policy, pat: User, lee: User) -> None:
    draft = policies.draft(policy, version_input_of(policy.current), by=pat)
    address = f"/admin/requests_app/policyversion/{draft.pk}/publish/"
    shown = page(Browser(lee).get(address))
    assert "Publish version" in shown
    read = Browser(lee).get(address).context["shown"]
    assert DONE in pressed_twice(lee, address, shown=read)


@pytest.mark.parametrize(("act", "kind"), [("suspend", "suspended"), ("revoke", "revoked")])
def test_acting_twice_on_a_grant_acts_once(act: str, kind: str, grant: Grant, pat: User) -> None:
    address = f"/admin/requests_app/grant/{grant.pk}/{act}/"
    assert DONE in pressed_twice(pat, address, reason="It leaked.", typed="revoke")
    assert Event.objects.filter(kind=f"grant.{kind}").count() == 1


def test_a_button_of_an_old_page_is_still_refused(grant: Grant, pat: User) -> None:
    address = f"/admin/requests_app/grant/{grant.pk}/revoke/"
    Browser(pat).post(address, LEAKED)
    with time_machine.travel(timezone.now() + timedelta(minutes=5)):
        assert Browser(pat).post(address, LEAKED).status_code == 409


def test_what_somebody_else_did_is_still_refused(grant: Grant, pat: User, lee: User) -> None:
    address = f"/admin/requests_app/grant/{grant.pk}/revoke/"
    Browser(pat).post(address, LEAKED)
    assert Browser(lee).post(address, LEAKED).status_code == 409
