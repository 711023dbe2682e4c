"""Owners hear of leaks, withdrawals and endings under their policies: one mail for one act."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.utils import timezone

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import Institution, User
from requests_app import key_format
from requests_app.actions.endings import account_deletion, bulk_revocation
from requests_app.actions.grants import model_withdrawal
from requests_app.actions.keys import key_revocation, keys, leaks
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.actions.requests import requests
from requests_app.models import AccessRequest, Event, Grant, Key, Policy, Stage
from requests_app.transitions import audit_chain
from tests.conftest import ask_for, person
from tests.support.bulk_grants import many_grants
from tests.support.desk_client import member, signed_in, text_of
from tests.support.sent_mail import recipients

pytestmark = pytest.mark.django_db

Approve = Callable[[AccessRequest, User], Grant]
PAT, LEE = "pat@example.org", "lee@example.org"


def mail_to(address: str) -> Any:
    [message] = [each for each in mail.outbox if each.to == [address]]
    return message


def test_ending_of_many_is_one_mail_to_each_owner(
    opus: AIModel, policy: Policy, second: Policy, ada: User
) -> None:
    many_grants(7, opus, policy, keys=2)
    many_grants(3, second.ai_models.get(), second, start=7)
    institution = Institution.objects.create(name="Oslo")
    User.objects.filter(email__startswith="holder").update(institution=institution)
    recipients()
    ending = bulk_revocation.revoke_everything(institution, by=ada, reason="Contract over.")
    counted = recipients()
    assert (counted[PAT], counted[LEE], counted["ada@example.org"]) == (1, 1, 0)
    message = mail_to(PAT)
    assert message.subject == "Access under your policies was revoked"
    assert "- Opus 3: 7 grants, 14 keys\n- Policy B: 3 grants, 3 keys\n" in message.body
    assert "All access under Oslo was revoked." in message.body
    assert "Contract over." in message.body
    assert ending.public_id in message.body
    assert not list(audit_chain.problems())


def test_owner_of_one_policy_reads_and_sees_nothing_of_another(
    opus: AIModel, policy: Policy, second: Policy, ada: User
) -> None:
    others = Group.objects.create(name="Owners of B")
    olga = member("olga", others)
    Policy.objects.filter(pk=second.pk).update(owners=others)
    many_grants(2, opus, policy)
    many_grants(1, second.ai_models.get(), second, start=2)
    institution = Institution.objects.create(name="Oslo")
    User.objects.filter(email__startswith="holder").update(institution=institution)
    recipients()
    ending = bulk_revocation.revoke_everything(institution, by=ada, reason="Contract over.")
    recipients()
    assert "Opus 3" not in mail_to(olga.email).body
    assert mail_to(olga.email).subject == "Access under Policy B was revoked"
    receipt = f"/admin/requests_app/bulkrevocation/{ending.pk}/change/"
    shown = text_of(signed_in(olga).get(receipt))
    mine = Grant.objects.get(access_request__policy_version__policy=second)
    assert mine.public_id in shown
    assert all(each not in shown for each in ending.grants if each != mine.public_id)
    assert "4 more, under policies that you don't own, aren't listed." in shown
    assert "more, under policies" not in text_of(signed_in(ada).get(receipt))


def test_nobody_else_opens_the_receipt(claimed: ClaimedKey, ada: User, rita: User) -> None:
    ending = bulk_revocation.revoke_everything(claimed.key.holder, by=ada, reason="Left.")
    receipt = f"/admin/requests_app/bulkrevocation/{ending.pk}/change/"
    assert signed_in(rita).get(receipt).status_code == 404


def test_owner_who_ended_it_or_lost_access_gets_no_second_mail(
    claimed: ClaimedKey, policy: Policy, pat: User, lee: User
) -> None:
    Key.objects.update(holder=lee)
    recipients()
    bulk_revocation.revoke_everything(policy, by=pat, reason="The terms were wrong.")
    counted = recipients()
    assert (counted[PAT], counted[LEE]) == (0, 1)
    assert mail_to(LEE).subject == "Your access has ended"


def test_owners_hear_of_a_deleted_account(claimed: ClaimedKey, alice: User) -> None:
    recipients()
    account_deletion.delete_account(alice, by=alice)
    assert recipients()[PAT] == 1
    assert "1 grant, 1 key" in mail_to(PAT).body
    assert "alice@example.org" not in mail_to(PAT).body


def test_withdrawn_model_is_told_to_its_owners_once(
    claimed: ClaimedKey, opus: AIModel, policy: Policy, ada: User
) -> None:
    recipients()
    model_withdrawal.withdraw(policy, opus, by=ada, reason="The weights leaked.")
    counted = recipients()
    assert (counted[PAT], counted[LEE], counted["alice@example.org"]) == (1, 1, 1)
    body = mail_to(PAT).body
    assert "Ada withdrew claude-3-opus-20240229, a model under Opus 3" in body
    assert "The weights leaked." in body


def test_owner_who_uses_the_model_hears_of_its_withdrawal_as_a_user(
    grant: Grant, opus: AIModel, policy: Policy, ada: User, pat: User
) -> None:
    grant.collaborators.create(person=pat, added_at=timezone.now())
    recipients()
    model_withdrawal.withdraw(policy, opus, by=ada, reason="The weights leaked.")
    assert recipients()[PAT] == 1
    assert "Your access to other models doesn't change." in mail_to(PAT).body


@pytest.mark.parametrize("granted", [True, False])
def test_ending_everything_of_a_model_is_one_mail_whether_or_not_anybody_had_it(
    opus: AIModel, policy: Policy, ada: User, granted: bool
) -> None:
    if granted:
        many_grants(2, opus, policy)
    recipients()
    ending = bulk_revocation.revoke_everything(opus, by=ada, reason="The weights leaked.")
    counted = recipients()
    assert (counted[PAT], counted[LEE], counted["holder0@example.org"]) == (1, 1, int(granted))
    [event] = Event.objects.filter(kind="policy.model_withdrawn")
    assert event.details["receipt"] == ending.public_id
    bulk_revocation.revoke_everything(opus, by=ada, reason="Again.")
    assert Event.objects.filter(kind="policy.model_withdrawn").count() == 1
    assert not list(audit_chain.problems())


def test_withdrawn_request_is_told_to_owners(stage: Stage, alice: User) -> None:
    recipients()
    requests.withdraw(stage.access_request, by=alice, reason="Found another way.")
    counted = recipients()
    assert counted[PAT] == 1
    assert "Alice withdrew the request for Claude Opus 3." in mail_to(PAT).body
    assert "Found another way." in mail_to(PAT).body


def test_owner_who_was_asked_hears_of_the_withdrawal_once(
    policy: Policy, opus: AIModel, alice: User, reviewers: Group, lee: User
) -> None:
    lee.groups.add(reviewers)
    row = requests.save(ask_for(opus), by=alice, submit=True)
    recipients()
    requests.withdraw(row, by=alice)
    counted = recipients()
    assert (counted[PAT], counted[LEE]) == (1, 1)


def test_withdrawn_draft_is_told_to_nobody(draft: AccessRequest, alice: User) -> None:
    requests.withdraw(draft, by=alice)
    assert recipients()[PAT] == 0


def test_own_request_of_an_owner_is_told_to_the_others(
    policy: Policy, opus: AIModel, pat: User
) -> None:
    row = requests.save(ask_for(opus), by=pat, submit=True)
    recipients()
    requests.withdraw(row, by=pat)
    counted = recipients()
    assert (counted[PAT], counted[LEE]) == (1, 1)
    assert "Pat withdrew the request" in mail_to(LEE).body
    assert "Pat withdrew the request" not in mail_to(PAT).body


def with_secrets(grants: list[Grant]) -> list[str]:
    return [keys.claim(grant, by=grant.holder).secret for grant in grants]


@pytest.fixture
def two_keys(
    claimed: ClaimedKey, second: Policy, rita: User, alice: User, approve: Approve
) -> list[str]:
    """One under each of two policies, of two people."""
    other = person("carol")
    row = requests.save(ask_for(second.ai_models.get()), by=other, submit=True)
    return [claimed.secret, *with_secrets([approve(row, rita)])]


def test_report_of_many_keys_is_one_mail_to_each_owner(two_keys: list[str]) -> None:
    recipients()
    leaks.report(two_keys)
    counted = recipients()
    assert (counted[PAT], counted[LEE], counted["alice@example.org"]) == (1, 1, 1)
    message = mail_to(PAT)
    assert message.subject == "2 keys under your policies were reported as leaked"
    for key in Key.objects.all():
        assert f"…{key.last_four}" in message.body
    assert all(secret not in message.message().as_string() for secret in two_keys)


def test_owner_reads_only_of_keys_under_their_policies(two_keys: list[str], second: Policy) -> None:
    others = Group.objects.create(name="Owners of B")
    olga = member("olga", others)
    Policy.objects.filter(pk=second.pk).update(owners=others)
    recipients()
    leaks.report(two_keys)
    assert recipients()[olga.email] == 1
    message = mail_to(olga.email)
    assert message.subject == "A key under your policy was reported as leaked"
    assert "Carol" in message.body
    assert "Alice" not in message.body


def test_owners_are_told_of_the_others_when_the_first_key_fails(
    two_keys: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    real, tried = key_revocation.revoke_reported, []

    def fail_first(key: Key, **details: Any) -> bool:
        tried.append(key)
        if len(tried) == 1:
            raise OSError("the disk is full")
        return real(key, **details)

    monkeypatch.setattr(key_revocation, "revoke_reported", fail_first)
    recipients()
    with pytest.raises(OSError, match="disk"):
        leaks.report(two_keys)
    assert recipients()[PAT] == 1


def test_unknown_or_dead_keys_are_told_to_nobody(two_keys: list[str]) -> None:
    leaks.report(two_keys)
    recipients()
    leaks.report([*two_keys, key_format.with_checksum("emk_" + "0" * 30)])
    assert not recipients()
