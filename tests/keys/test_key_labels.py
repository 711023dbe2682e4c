"""A holder names a key when they create it and later, and nothing but its row has the name."""

import logging

import pytest
from django.core import mail
from django.utils import translation

from lifecycle.people.models import User
from requests_app import key_format, tasks
from requests_app.actions.endings import account_deletion
from requests_app.actions.keys import key_labels, key_revocation, keys
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.models import Event, Grant, Key
from requests_app.refusals import Invalid, NotAllowed, WrongState
from requests_app.transitions import audit_chain
from tests.support.mail_walk import shared_grant
from tests.support.page_client import Browser, page

pytestmark = pytest.mark.django_db
NAME = "Büro-Laptop 再見"


@pytest.fixture
def named(grant: Grant, alice: User) -> ClaimedKey:
    return keys.claim(grant, by=alice, label=f"  {NAME} ")


def test_claim_names_the_key_and_rotate_hands_the_name_on(named: ClaimedKey, alice: User) -> None:
    assert named.key.label == NAME
    assert keys.rotate(named.key, by=alice).key.label == NAME


def test_page_names_the_new_key_and_lists_it(grant: Grant, alice: User) -> None:
    browser = Browser(alice)
    browser.post(f"/access/{grant}/claim/", {"label": NAME})
    key = Key.objects.get()
    assert f"{NAME} …{key.last_four}" in page(browser.get(f"/access/{grant}/"))


def test_all_wrong_fields_are_told_at_once(grant: Grant, alice: User) -> None:
    typed = {"label": "x" * 61, "networks": "home"}
    response = Browser(alice).post(f"/access/{grant}/claim/", typed)
    assert response.status_code == 422
    assert set(response.context["claim_form"].errors) == {"label", "networks"}
    assert "x" * 61 in response.content.decode()
    assert not Key.objects.exists()


@pytest.mark.parametrize("wrong", ["x" * 61, "a\u202eb", "a\x07b"])
def test_name_that_is_no_line_is_refused(named: ClaimedKey, alice: User, wrong: str) -> None:
    with pytest.raises(Invalid):
        key_labels.rename(named.key, by=alice, label=wrong)
    answer = Browser(alice).post(f"/keys/{named.key.public_id}/rename/", {"label": wrong})
    assert answer.status_code == 422
    assert '<details class="act" open>' in answer.content.decode()
    assert Key.objects.get().label == NAME


def test_name_is_one_normalized_line(named: ClaimedKey, alice: User) -> None:
    assert key_labels.rename(named.key, by=alice, label=" u\u0308ber\u00a0 ").label == "über"


def test_a_key_pasted_as_its_name_is_kept_nowhere(named: ClaimedKey, alice: User) -> None:
    secret = key_format.new()
    with pytest.raises(Invalid, match="contains a key"):
        key_labels.rename(named.key, by=alice, label=secret)
    answer = Browser(alice).post(f"/keys/{named.key.public_id}/rename/", {"label": secret})
    assert secret not in answer.content.decode()


def test_page_renames_a_key_until_it_ends(named: ClaimedKey, alice: User) -> None:
    browser, address = Browser(alice), f"/keys/{named.key.public_id}/rename/"
    assert "Cluster …" in page(browser.post(address, {"label": "Cluster"}, follow=True))
    key_revocation.revoke(named.key, by=alice)
    with pytest.raises(WrongState):
        key_labels.rename(named.key, by=alice, label="Too late")
    shown = browser.get(f"/access/{named.key.grant}/")
    assert "Cluster …" in page(shown)
    assert "/rename/" not in shown.content.decode()


def test_name_can_be_taken_away_and_the_same_name_is_no_event(
    named: ClaimedKey, alice: User
) -> None:
    for label in (NAME, "", ""):
        key_labels.rename(named.key, by=alice, label=label)
    assert Key.objects.get().label == ""
    assert Event.objects.filter(kind="key.renamed").count() == 1


def test_only_the_holder_renames(named: ClaimedKey, bob: User, pat: User) -> None:
    for somebody in (bob, pat):
        with pytest.raises(NotAllowed):
            key_labels.rename(named.key, by=somebody, label="Mine")
        address = f"/keys/{named.key.public_id}/rename/"
        assert Browser(somebody).post(address, {"label": "Mine"}).status_code == 404
    assert Key.objects.get().label == NAME


def test_holder_of_the_access_sees_the_names_of_others_and_cannot_change_them(
    request: pytest.FixtureRequest, policy: object, alice: User, bob: User
) -> None:
    grant = shared_grant(request.getfixturevalue)
    place = grant.collaborators.get()
    place.accepted_at = grant.created_at
    place.save()
    key = keys.claim(grant, by=bob, label="Bob's cluster").key
    assert "Bob's cluster" in page(Browser(alice).get(f"/access/{grant}/"))
    answer = Browser(alice).post(f"/keys/{key.public_id}/rename/", {"label": "Hers"})
    assert answer.status_code == 404


def test_mails_about_the_key_name_it(named: ClaimedKey, alice: User) -> None:
    mail.outbox.clear()
    tasks.send_notices()
    key_revocation.revoke(named.key, by=alice)
    tasks.send_notices()
    ending = f"{named.key.last_four} (“{NAME}”)"
    texts = {str(one.subject): str(one.body) for one in mail.outbox}
    assert f"A key ending in {ending} was created" in "".join(texts.values())
    assert f"One of your keys was revoked: …{ending}" in texts
    with translation.override("de"):
        assert named.key.ending == f"{named.key.last_four} („{NAME}“)"


def test_api_names_and_reads(grant: Grant, alice: User) -> None:
    browser = Browser(alice)
    claim = f"/api/v1/grants/{grant}/claim/"
    refused = browser.post(claim, {"label": "x" * 61}, content_type="application/json")
    assert (refused.status_code, list(refused.json()["errors"])) == (422, ["label"])
    made = browser.post(claim, {"label": NAME}, content_type="application/json").json()
    assert made["key"]["label"] == NAME
    assert browser.get(f"/api/v1/grants/{grant}/").json()["keys"][0]["label"] == NAME


def test_name_is_in_no_event_and_no_log(
    grant: Grant, alice: User, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        browser = Browser(alice)
        browser.post(f"/access/{grant}/claim/", {"label": NAME})
        key = Key.objects.get()
        browser.post(f"/keys/{key.public_id}/rename/", {"label": f"{NAME} 2"})
        key_revocation.revoke(key, by=alice)
    assert key.label == NAME
    ours = [record for record in caplog.records if not record.name.startswith("django.db")]
    assert not [record for record in ours if NAME in record.getMessage()]
    assert not [event for event in Event.objects.all() if NAME in str(event.details)]
    assert not list(audit_chain.problems())


def test_deleted_account_takes_its_names_away(named: ClaimedKey, alice: User) -> None:
    account_deletion.delete_account(alice, by=alice)
    assert Key.objects.get().label == ""
