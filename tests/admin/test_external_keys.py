"""What the desk and the operators see of other gateways."""

import pytest
from django.core import mail
from django.utils import timezone
from pytest_django import Settings

from lifecycle.people.models import User
from requests_app import tasks
from requests_app.actions.keys import external_keys, key_revocation
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.models import ExternalKey, Notice
from tests.conftest import person
from tests.issuers.test_external_keys import issued, proxy
from tests.support.desk_client import signed_in, text_of
from tests.support.fake_litellm import ADMIN_KEY, Proxy
from tests.support.issuer_processes import CAMPUS

__all__ = ["issued", "proxy"]
pytestmark = pytest.mark.django_db

LIST = "/admin/requests_app/externalkey/"


@pytest.fixture
def stuck(issued: ClaimedKey, proxy: Proxy, settings: Settings) -> ClaimedKey:
    settings.ISSUER_STUCK_AFTER = 2
    person("ada", staff=True)
    User.objects.filter(email="ada@example.org").update(is_superuser=True)
    key_revocation.revoke(issued.key, by=issued.key.holder)
    proxy.fault = lambda path: "fail"
    for _ in range(2):
        ExternalKey.objects.update(next_try_at=timezone.now())
        external_keys.push_due(CAMPUS, now=timezone.now())
    return issued


def page(who: User, address: str) -> str:
    answer = signed_in(who).get(address)
    assert answer.status_code == 200
    return text_of(answer)


def test_list_shows_policy_owners_what_is_stuck(stuck: ClaimedKey, pat: User) -> None:
    for address in (LIST, f"{LIST}?standing=stuck", f"{LIST}?standing=deleting"):
        text = page(pat, address)
        assert stuck.key.public_id in text
        assert "can't do this at the moment (status 500)" in text
        assert ADMIN_KEY not in text
    assert stuck.key.public_id not in page(pat, f"{LIST}?standing=gone")


def test_list_shows_others_nothing_of_it(stuck: ClaimedKey, db: None) -> None:
    assert stuck.key.public_id not in page(person("nora", staff=True), LIST)


def test_grant_page_says_where_its_keys_are(stuck: ClaimedKey, pat: User) -> None:
    text = page(pat, f"/admin/requests_app/grant/{stuck.key.grant_id}/change/")
    assert "campus: being deleted, stuck since" in text
    assert "after 2 tries" in text


def test_operators_get_one_mail_and_no_secret_is_in_it(stuck: ClaimedKey) -> None:
    tasks.send_notices()
    [message] = [each for each in mail.outbox if "ada@example.org" in str(each.to)]
    assert message.subject == f"campus can't update key {stuck.key.public_id}"
    assert "We asked campus 2 times to update" in message.body
    assert ADMIN_KEY not in str(message.message())
    assert stuck.secret not in str(message.message())


def test_operators_may_be_named(
    issued: ClaimedKey, proxy: Proxy, settings: Settings, pat: User
) -> None:
    settings.OPERATOR_EMAILS, settings.ISSUER_STUCK_AFTER = [pat.email], 1
    key_revocation.revoke(issued.key, by=issued.key.holder)
    proxy.fault = lambda path: "fail"
    tasks.push_revocations()
    assert Notice.objects.get(template="key_stuck").recipient == pat


def test_holder_gets_a_mail_about_a_key_that_was_lost(
    issued: ClaimedKey, proxy: Proxy, alice: User
) -> None:
    proxy.keys.clear()
    external_keys.refresh(issued.key.grant, now=timezone.now())
    assert tasks.verify_keys() == 1
    tasks.send_notices()
    message = mail.outbox[-1]
    assert alice.email in str(message.to)
    assert f"no longer works: …{issued.key.last_four}" in message.subject
