"""What can't be undone is previewed, and happens only once its name is typed."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions.grants import collaborators, grants
from requests_app.actions.keys import keys, service_tokens
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.actions.requests import requests
from requests_app.models import AccessRequest, BreakGlass, Grant, Key, Notice, Policy
from tests.conftest import ask_for, signed
from tests.support.desk_client import figures, signed_in, text_of

pytestmark = pytest.mark.django_db

DESK = "/admin/requests_app/"
CHANGED = "Something changed after the preview."


def revoke_page(grant: Grant) -> str:
    return f"{DESK}grant/{grant.pk}/revoke/"


def withdraw_page(policy: Policy, ai_model: AIModel) -> str:
    return f"{DESK}policy/{policy.pk}/withdraw/{ai_model.pk}/"


def confirmed(who: User, address: str, typed: str) -> dict[str, str]:
    """What the form of the page as it is now sends."""
    [shown] = re.findall(r'name="shown" value="(\w{64})"', text_of(signed_in(who).get(address)))
    return {"reason": "It leaked.", "typed": typed, "shown": shown}


def extended(grant: Grant, rita: User, approve: Callable[..., Grant]) -> Grant:
    """With an extension that is approved and hasn't begun."""
    opus = grant.granted_models.get().ai_model
    soon = timezone.now() + timedelta(days=5)
    grant = grants.shorten(grant, by=grant.holder, ends_at=soon)
    draft = requests.save(ask_for(opus), by=grant.holder, continues=grant)
    row = requests.submit(signed(draft), by=grant.holder)
    return approve(row, rita)


# A grant ----------------------------------------------------------------------------------------


def test_revoking_previews_keys_people_and_what_extends_the_grant(
    claimed: ClaimedKey, pat: User, rita: User, bob: User, approve: Callable[..., Grant]
) -> None:
    grant = claimed.key.grant
    grant.collaborators.create(person=bob, added_at=timezone.now())
    later = extended(grant, rita, approve)
    page = text_of(signed_in(pat).get(revoke_page(grant)))
    assert figures(page) == {"Grants": 2, "Keys": 1, "People notified": 2}
    assert later.public_id in page
    answer = signed_in(pat).post(
        revoke_page(grant), confirmed(pat, revoke_page(grant), "revoke"), follow=True
    )
    assert CHANGED not in text_of(answer)
    assert not Grant.objects.live().exists()
    told = Notice.objects.filter(event__kind="grant.revoked").values_list("recipient", flat=True)
    assert set(told) == {grant.holder_id, bob.pk}


@pytest.mark.parametrize(("changed", "sentence"), [
    ({"typed": ""}, "This field is required."),
    ({"typed": "Revoke it"}, "That doesn't match. Enter: revoke"),
    ({"reason": " "}, "Give a reason."),
])  # fmt: skip
def test_grant_stays_without_the_word_and_a_reason(
    changed: dict[str, str], sentence: str, claimed: ClaimedKey, pat: User
) -> None:
    address = revoke_page(claimed.key.grant)
    answer = signed_in(pat).post(address, {"reason": "No.", "typed": "revoke", **changed})
    assert (answer.status_code, sentence in text_of(answer)) == (422, True)
    assert Grant.objects.get().state == "active"


def test_key_that_came_after_the_preview_is_revoked_and_said(
    grant: Grant, pat: User, alice: User
) -> None:
    form = confirmed(pat, revoke_page(grant), "revoke")
    keys.claim(grant, by=alice)
    answer = signed_in(pat).post(revoke_page(grant), form, follow=True)
    text = text_of(answer)
    assert CHANGED in text
    assert "(grants: 1, keys: 1)" in text
    assert Key.objects.get().state == "revoked"


def test_page_to_revoke_is_closed_to_others_and_to_ended_grants(
    grant: Grant, pat: User, rita: User, alice: User
) -> None:
    assert signed_in(rita).get(revoke_page(grant)).status_code == 403
    grants.end(grant, by=alice)
    assert signed_in(pat).get(revoke_page(grant)).status_code == 409


# A model ----------------------------------------------------------------------------------------


def test_withdrawing_a_model_previews_everybody_who_is_told(
    claimed: ClaimedKey, policy: Policy, opus: AIModel, ada: User, bob: User, eve: User
) -> None:
    claimed.key.grant.collaborators.create(person=bob, added_at=timezone.now())
    requests.save(ask_for(opus), by=eve, submit=True)
    address = withdraw_page(policy, opus)
    page = text_of(signed_in(ada).get(address))
    shown = figures(page)
    assert shown == {"Grants": 1, "Keys": 1, "People notified": 2}
    assert "1 open request stays with its reviewers" in page
    signed_in(ada).post(address, confirmed(ada, address, opus.identifier))
    assert Notice.objects.filter(template="model_withdrawn").count() == shown["People notified"]
    opus.refresh_from_db()
    assert opus.withdrawn_at
    assert signed_in(ada).get(address).status_code == 409


@pytest.mark.parametrize(("changed", "sentence"), [
    ({"typed": "Claude Opus 3"}, "Enter: claude-3-opus-20240229"),
    ({"at": "soon"}, "Enter it like 2026-11-22 09:00"),
    ({"at": "2020-01-01 00:00"}, "Choose a time in the future"),
    ({"reason": ""}, "Give a reason."),
])  # fmt: skip
def test_model_stays_unless_all_is_right(
    changed: dict[str, str], sentence: str, policy: Policy, opus: AIModel, ada: User
) -> None:
    address = withdraw_page(policy, opus)
    sent = {**confirmed(ada, address, opus.identifier), **changed}
    answer = signed_in(ada).post(address, sent)
    assert (answer.status_code, sentence in text_of(answer)) == (422, True)
    opus.refresh_from_db()
    assert opus.withdrawn_at is None


def test_all_errors_come_at_once_and_nothing_typed_is_lost(
    policy: Policy, opus: AIModel, ada: User
) -> None:
    sent = {"at": "soon", "reason": "", "typed": "opus"}
    page = text_of(signed_in(ada).post(withdraw_page(policy, opus), sent))
    for sentence in ("Enter it like 2026", "Give a reason.", "That doesn't match."):
        assert sentence in page
    assert 'value="soon"' in page
    assert 'value="opus"' in page


def test_model_of_another_policy_is_not_found(policy: Policy, opus: AIModel, ada: User) -> None:
    other = AIModel.objects.create(identifier="b", provider=opus.provider, name="B")
    assert signed_in(ada).get(withdraw_page(policy, other)).status_code == 404


# An emergency grant -----------------------------------------------------------------------------


def test_not_justified_needs_the_word_while_the_access_lives(
    emergency_grant: BreakGlass, rita: User
) -> None:
    address = f"{DESK}breakglass/{emergency_grant.pk}/change/"
    sent = {"verdict": "not_in_order", "words": "No emergency."}
    refused = signed_in(rita).post(address, sent)
    assert refused.status_code == 422
    assert "To confirm, enter: revoke" in text_of(refused)
    emergency_grant.refresh_from_db()
    assert emergency_grant.reviewed_at is None
    assert signed_in(rita).post(address, {**sent, "typed": "revoke"}).status_code == 302
    assert Grant.objects.get().state == "revoked"


def test_not_justified_is_plain_once_the_access_is_over(
    emergency_grant: BreakGlass, rita: User
) -> None:
    grants.end(emergency_grant.grant, by=emergency_grant.grant.holder)
    address = f"{DESK}breakglass/{emergency_grant.pk}/change/"
    assert "enter: revoke" not in text_of(signed_in(rita).get(address))
    sent = {"verdict": "not_in_order", "words": "No emergency."}
    assert signed_in(rita).post(address, sent).status_code == 302


# A service token --------------------------------------------------------------------------------


def test_token_is_revoked_once_its_name_is_typed(ada: User, pat: User, rita: User) -> None:
    until = timezone.now() + timedelta(days=9)
    token = service_tokens.create(
        "Nightly run", owner=pat, permissions=["usage.report"], expires_at=until, by=ada
    ).token
    address = f"{DESK}servicetoken/{token.pk}/revoke/"
    page = text_of(signed_in(pat).get(address))
    assert "To confirm, enter: Nightly run" in page
    assert "Report usage" in page
    assert signed_in(rita).get(address).status_code == 404
    for typed in ("", "nightly"):
        assert signed_in(pat).post(address, {"typed": typed}).status_code == 422
    token.refresh_from_db()
    assert token.revoked_at is None
    assert signed_in(pat).post(address, {"typed": "Nightly run"}).status_code == 302
    token.refresh_from_db()
    assert token.revoked_by == pat


# A group ----------------------------------------------------------------------------------------


def test_group_with_members_is_not_deleted(rita: User, reviewers: Group, ada: User) -> None:
    address = f"/admin/auth/group/{reviewers.pk}/delete/"
    assert signed_in(ada).post(address, {"post": "yes"}).status_code == 403
    bulk: Any = {
        "action": "delete_selected",
        "_selected_action": str(reviewers.pk),
        "post": "yes",
    }
    signed_in(ada).post("/admin/auth/group/", bulk)
    assert Group.objects.filter(pk=reviewers.pk).exists()
    rita.groups.clear()
    assert signed_in(ada).post(address, {"post": "yes"}).status_code == 302
    assert not Group.objects.filter(pk=reviewers.pk).exists()


# Who shares -------------------------------------------------------------------------------------


def test_collaborator_who_left_is_not_counted(
    claimed: ClaimedKey, pat: User, bob: User, in_review: AccessRequest
) -> None:
    grant = claimed.key.grant
    grant.collaborators.create(person=bob, added_at=timezone.now())
    collaborators.leave(grant, by=bob)
    page = text_of(signed_in(pat).get(revoke_page(grant)))
    assert figures(page)["People notified"] == 1
