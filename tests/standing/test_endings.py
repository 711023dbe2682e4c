"""Standing access ends with the membership it rests on, whoever and whatever ends that."""

from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount import signals
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.contrib.auth.models import Group
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from lifecycle.people.models import User
from requests_app import tasks
from requests_app.actions.endings import account_deletion, bulk_revocation
from requests_app.actions.grants import suspensions
from requests_app.actions.keys import keys
from requests_app.actions.standing import access, lists, rules
from requests_app.models import Event, Grant, Key, Notice, StandingMember, StandingRule
from requests_app.reports import data_export
from requests_app.transitions import audit_chain
from tests.admin.test_people import form_of
from tests.standing.conftest import PROVIDER, Publish, identity
from tests.support.desk_client import signed_in

pytestmark = pytest.mark.django_db

MEMBERSHIP = "The membership behind “Lab access” ended."


@pytest.fixture
def listed(by_list: StandingRule, alice: User) -> Grant:
    return access.start(by_list, by=alice, accepts=True)


@pytest.fixture
def claiming(by_claim: StandingRule, alice: User) -> Grant:
    identity(alice, groups="ai-lab")
    return access.start(by_claim, by=alice, accepts=True)


def outcome(grant: Grant) -> tuple[str, str]:
    grant.refresh_from_db()
    return grant.state, grant.closing_reason


def told(person: User) -> list[str]:
    rows = Notice.objects.filter(recipient=person).order_by("pk")
    return list(rows.values_list("template", flat=True))


def test_removal_from_the_group_on_the_desk_ends_it(
    standing_grant: Grant, alice: User, lab: Group, ada: User
) -> None:
    keys.claim(standing_grant, by=alice)
    answer = signed_in(ada).post(f"/admin/people/user/{alice.pk}/change/", form_of(alice))
    assert answer.status_code == 302
    assert outcome(standing_grant) == ("ended", MEMBERSHIP)
    assert standing_grant.closed_by == ada
    assert Key.objects.get().state == "revoked"
    assert told(alice) == ["standing_started", "key_claimed", "grant_ended"]


def test_other_changes_on_the_desk_leave_it(
    standing_grant: Grant, alice: User, lab: Group, ada: User
) -> None:
    form = form_of(alice, groups=[lab.pk], full_name="Alice B.")
    signed_in(ada).post(f"/admin/people/user/{alice.pk}/change/", form)
    assert outcome(standing_grant) == ("active", "")


def test_closing_the_account_on_the_desk_ends_it(
    standing_grant: Grant, alice: User, lab: Group, ada: User
) -> None:
    form = form_of(alice, groups=[lab.pk])
    del form["is_active"]
    signed_in(ada).post(f"/admin/people/user/{alice.pk}/change/", form)
    assert outcome(standing_grant) == ("ended", MEMBERSHIP)


def test_deleting_the_address_on_the_desk_ends_it(listed: Grant, alice: User, ada: User) -> None:
    address = EmailAddress.objects.get(user=alice)
    address.email, address.primary = "second@example.org", False
    address.save()
    rule = listed.access_request.standing_rule
    assert rule
    StandingMember.objects.filter(rule=rule).update(email=address.email)
    signed_in(ada).post(f"/admin/account/emailaddress/{address.pk}/delete/", {"post": "yes"})
    assert outcome(listed) == ("ended", MEMBERSHIP)


def test_deleting_the_external_account_on_the_desk_ends_it(claiming: Grant, ada: User) -> None:
    account = SocialAccount.objects.get()
    page = f"/admin/socialaccount/socialaccount/{account.pk}/delete/"
    signed_in(ada).post(page, {"post": "yes"})
    assert outcome(claiming) == ("ended", MEMBERSHIP)


def test_removal_from_the_list_ends_it(listed: Grant, by_list: StandingRule, pat: User) -> None:
    done = lists.remove(by_list, ["ALICE@example.org"], by=pat)
    assert (done.changed, done.ended) == (1, 1)
    assert outcome(listed) == ("ended", MEMBERSHIP)
    assert listed.closed_by == pat


def test_end_of_the_rule_ends_it_and_tells_each_member(
    rule: StandingRule, alice: User, bob: User, pat: User
) -> None:
    both = [access.start(rule, by=one, accepts=True) for one in (alice, bob)]
    for grant in both:
        keys.claim(grant, by=grant.holder)
    rules.end(rule, by=pat, reason="The project is over.")
    said = "“Lab access” was ended: The project is over."
    assert [outcome(grant) for grant in both] == [("ended", said)] * 2
    assert set(Key.objects.values_list("state", flat=True)) == {"revoked"}
    assert told(bob)[-1] == "grant_ended"
    assert not list(audit_chain.problems())


def test_end_date_of_the_rule_ends_it(publish: Publish, alice: User) -> None:
    rule = publish(ends_at=timezone.now() + timedelta(days=5))
    grant = access.start(rule, by=alice, accepts=True)
    later = timezone.now() + timedelta(days=5)
    assert rules.end_due(rule.pk, now=later)
    assert not rules.end_due(rule.pk, now=later)
    assert outcome(grant) == ("ended", "“Lab access” was ended: Reached its end date.")


def test_sweep_ends_what_went_unnoticed(
    standing_grant: Grant, rule: StandingRule, lab: Group, bob: User
) -> None:
    other = access.start(rule, by=bob, accepts=True)
    lab.user_set.remove(standing_grant.holder)
    assert tasks.end_standing_access() == 1
    assert tasks.end_standing_access() == 0
    assert outcome(standing_grant) == ("ended", MEMBERSHIP)
    assert outcome(other) == ("active", "")
    ended = Event.objects.get(kind="grant.ended")
    assert (ended.actor, ended.details["reason"]) == (None, MEMBERSHIP)


def test_sweep_asks_once_for_each_rule(
    rule: StandingRule, alice: User, bob: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for one in (alice, bob):
        access.start(rule, by=one, accepts=True)
    with django_assert_num_queries(2):
        tasks.end_standing_access()


def test_waiting_grant_ends_too(standing_grant: Grant, lab: Group) -> None:
    unset = {"activated_at": None, "ends_at": None, "claim_by": None}
    Grant.objects.filter(pk=standing_grant.pk).update(state="waiting", **unset)
    lab.user_set.clear()
    assert tasks.end_standing_access() == 1
    assert outcome(standing_grant)[0] == "ended"


def test_suspended_grant_ends_and_does_not_come_back(
    standing_grant: Grant, lab: Group, pat: User, alice: User
) -> None:
    suspensions.suspend(standing_grant, by=pat, reason="Odd calls.")
    lab.user_set.clear()
    assert tasks.end_standing_access() == 1
    assert outcome(standing_grant) == ("ended", MEMBERSHIP)


def test_joining_again_brings_nothing_back(standing_grant: Grant, lab: Group, alice: User) -> None:
    lab.user_set.remove(alice)
    tasks.end_standing_access()
    lab.user_set.add(alice)
    assert tasks.end_standing_access() == 0
    assert outcome(standing_grant)[0] == "ended"


# Claims -------------------------------------------------------------------------------------------


def test_sign_in_with_the_claim_carries_it_on(claiming: Grant, alice: User) -> None:
    old = timezone.now() - timedelta(days=20)
    SocialAccount.objects.update(last_login=old)
    Grant.objects.update(member_until=old + timedelta(days=30))
    account = SocialAccount.objects.get()
    account.save()  # as allauth does at a sign-in
    assert access.note_sign_in(alice) == 0
    claiming.refresh_from_db()
    assert claiming.member_until == account.last_login + timedelta(days=30)


def test_sign_in_without_the_claim_ends_it(claiming: Grant, alice: User) -> None:
    data = {"userinfo": {"sub": "1", "groups": ["staff"]}, "id_token": {"sub": "1"}}
    SocialAccount.objects.update(extra_data=data)
    assert access.note_sign_in(alice) == 1
    assert outcome(claiming) == ("ended", MEMBERSHIP)


def test_age_of_the_sign_in_ends_it(claiming: Grant) -> None:
    SocialAccount.objects.filter(provider=PROVIDER).update(
        last_login=timezone.now() - timedelta(days=31)
    )
    assert tasks.end_standing_access() == 1
    assert outcome(claiming) == ("ended", MEMBERSHIP)


def signed_in_at_the_provider(person: User, **claims: Any) -> None:
    """What allauth does with the provider's answer, up to its signal."""
    data = {"userinfo": {"sub": "1", **claims}, "id_token": {"sub": "1"}}
    account = SocialAccount(provider=PROVIDER, uid=f"person-{person.pk}", extra_data=data)
    SocialLogin(account=account).lookup()


def test_sign_in_is_noticed_when_allauth_stores_it(claiming: Grant, alice: User) -> None:
    signed_in_at_the_provider(alice, groups=["staff", "ai-lab"])
    assert outcome(claiming) == ("active", "")
    signed_in_at_the_provider(alice, groups=["staff"])
    assert outcome(claiming) == ("ended", MEMBERSHIP)


def test_disconnecting_the_account_ends_it(claiming: Grant, alice: User) -> None:
    account = SocialAccount.objects.get()
    account.delete()
    signals.social_account_removed.send(SocialAccount, request=None, socialaccount=account)
    assert outcome(claiming) == ("ended", MEMBERSHIP)


# With the rest ------------------------------------------------------------------------------------


def test_bulk_revocation_of_the_person_revokes_it(
    standing_grant: Grant, alice: User, ada: User
) -> None:
    bulk_revocation.revoke_everything(alice, by=ada, reason="Shared keys.")
    assert outcome(standing_grant)[0] == "revoked"


def test_account_deletion_erases_the_addresses_on_lists(
    listed: Grant, by_list: StandingRule, alice: User
) -> None:
    account_deletion.delete_account(alice, by=alice)
    assert outcome(listed)[0] == "revoked"
    assert not StandingMember.objects.exists()


def test_data_export_has_the_lists_that_name_the_person(
    by_list: StandingRule, alice: User, bob: User
) -> None:
    (entry,) = data_export.of_person(alice)["standing_access_lists"]
    assert (entry["rule"], entry["email"]) == ("Lab access", alice.email)
    assert data_export.of_person(bob)["standing_access_lists"] == []
