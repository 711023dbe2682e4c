"""Reasons that reviewers keep: whose they are, how many and how long, and what becomes of them."""

from functools import partial

import pytest
from django.contrib.auth.models import Group

from lifecycle.people.models import User
from requests_app.actions.endings import account_deletion
from requests_app.actions.review import saved_reasons
from requests_app.models import Policy, SavedReason
from requests_app.refusals import Invalid, NotAllowed, WrongState
from requests_app.reports import data_export
from requests_app.transitions import audit_chain
from tests.support.concurrency import at_once, one_won

pytestmark = pytest.mark.django_db

TEXT = "The purpose doesn't say which prompts are used."


def add(
    by: User, name: str = "Vague", text: str = TEXT, policy: Policy | None = None
) -> SavedReason:
    return saved_reasons.add(by=by, name=name, text=text, policy=policy)


def test_add_keeps_it_for_oneself(policy: Policy, rita: User, sam: User) -> None:
    reason = add(rita, " Vague\tpurpose ", f" {TEXT}\r\n")
    assert (reason.person, reason.policy) == (rita, None)
    assert (reason.name, reason.text) == ("Vague purpose", TEXT)
    add(sam, "Vague purpose")  # names are anybody's own
    with pytest.raises(NotAllowed):
        saved_reasons.change(reason, by=sam, name="Mine", text=TEXT)
    with pytest.raises(NotAllowed):
        saved_reasons.remove(reason, by=sam)


def test_owners_share_one_with_the_reviewers_of_their_policy(
    policy: Policy, pat: User, lee: User, rita: User
) -> None:
    reason = add(pat, policy=policy)
    saved_reasons.change(reason, by=lee, name="Unclear", text=TEXT)
    for act in (partial(saved_reasons.change, name="x", text="x"), saved_reasons.remove):
        with pytest.raises(NotAllowed):
            act(reason, by=rita)
    saved_reasons.remove(reason, by=pat)
    kinds = [event.kind for event in policy.events.filter(kind__startswith="policy.reason")]
    assert kinds == ["policy.reason_shared", "policy.reason_shared", "policy.reason_removed"]
    assert list(audit_chain.problems()) == []


def test_nobody_else_saves_any(policy: Policy, alice: User, rita: User, pat: User) -> None:
    for by, shared in ((alice, None), (pat, None), (rita, policy), (alice, policy)):
        with pytest.raises(NotAllowed):
            add(by, policy=shared)
    User.objects.filter(pk=rita.pk).update(is_active=False)
    with pytest.raises(NotAllowed):
        add(rita)


@pytest.mark.parametrize(
    ("name", "text", "wrong"),
    [
        ("", "", {"name", "text"}),
        ("x" * 61, "x" * 2001, {"name", "text"}),
        ("a\nb", "​", {"name", "text"}),
        ("a‮b", TEXT, {"name"}),
        ("Vague", TEXT, {"name"}),  # taken
        ("Other", "…", {"text"}),
    ],
)
def test_add_says_all_that_is_wrong_at_once(
    policy: Policy, rita: User, name: str, text: str, wrong: set[str]
) -> None:
    add(rita)
    with pytest.raises(Invalid) as refused:
        add(rita, name, text)
    assert set(refused.value.errors) == wrong
    assert SavedReason.objects.count() == 1


def test_change_may_keep_its_name(policy: Policy, rita: User) -> None:
    assert saved_reasons.change(add(rita), by=rita, name="Vague", text="Else.").text == "Else."


def test_there_are_only_so_many(policy: Policy, rita: User, pat: User) -> None:
    for number in range(saved_reasons.MAX_REASONS):
        add(rita, f"{number}")
    with pytest.raises(Invalid, match="Delete one first"):
        add(rita, "One more")
    add(pat, policy=policy)  # counted apart


def test_change_refuses_one_that_was_deleted(policy: Policy, rita: User) -> None:
    reason = add(rita)
    saved_reasons.remove(SavedReason.objects.get(), by=rita)
    with pytest.raises(WrongState, match="has been deleted"):
        saved_reasons.change(reason, by=rita, name="Else", text=TEXT)


@pytest.mark.django_db(transaction=True)
def test_two_at_once_dont_share_a_name(policy: Policy, pat: User, lee: User) -> None:
    assert one_won(at_once(*(partial(add, by, policy=policy) for by in (pat, lee))))


def test_own_ones_go_with_the_account_and_are_in_the_export(
    policy: Policy, rita: User, pat: User, reviewers: Group
) -> None:
    add(rita)
    shared = add(pat, policy=policy)
    [exported] = data_export.of_person(rita)["saved_reasons"]
    assert exported["text"] == TEXT
    for person in (rita, pat):
        account_deletion.delete_account(person, by=person)
    assert SavedReason.objects.get() == shared
