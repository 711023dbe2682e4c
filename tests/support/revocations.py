"""The ways of taking access away, each with the kinds of events that it writes for it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.test import Client

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import Institution, User
from requests_app.actions.endings import account_deletion, bulk_revocation
from requests_app.actions.grants import collaborators, grants, model_withdrawal, suspensions
from requests_app.actions.keys import key_revocation, keys
from requests_app.models import Collaborator, Grant, Key, Policy
from requests_app.transitions.affected import RevocationSubject
from tests.support.worker_processes import wait_until


def nothing() -> None: ...


@dataclass(frozen=True)
class Way:
    """With alice's key under pat's policy, and ada as a superuser."""

    act: Callable[[], object]
    kinds: tuple[str, ...] = ()
    prepare: Callable[[], None] = nothing


def who(name: str) -> User:
    return User.objects.get(email=f"{name}@example.org")


def end(of: Callable[[], RevocationSubject], by: str = "ada") -> Callable[[], object]:
    return lambda: bulk_revocation.revoke_everything(of(), by=who(by), reason="It has to end.")


def join_institution() -> None:
    institution = Institution.objects.create(name="Far University")
    User.objects.filter(email="alice@example.org").update(institution=institution)


def far_university() -> Institution:
    return Institution.objects.get(name="Far University")


def lend_key_to_bob() -> None:
    bob = User.objects.create_user("bob@example.org", full_name="Bob")
    Collaborator.objects.create(grant=Grant.objects.get(), person=bob, added_at=datetime.now(UTC))
    Key.objects.update(holder=bob)


def withdraw_model() -> None:
    policy, opus = Policy.objects.get(), AIModel.objects.get()
    model_withdrawal.withdraw(policy, opus, by=who("ada"), reason="The weights leaked.")


def put_out_by_hand() -> None:
    """On their page in the admin, with “active” no longer ticked."""
    alice, desk = who("alice"), Client()
    desk.force_login(who("ada"))
    form = {"email": alice.email, "full_name": alice.full_name}
    sent = desk.post(f"/admin/people/user/{alice.pk}/change/", form)
    assert (sent.status_code, who("alice").is_active) == (302, False)


def shorten() -> None:
    """To a moment that has come when it is answered."""
    end = datetime.now(UTC) + timedelta(seconds=0.3)
    grants.shorten(Grant.objects.get(), by=who("pat"), ends_at=end, reason="No.")
    wait_until(lambda: datetime.now(UTC) >= end, what="the new end")


def rotate() -> None:
    keys.rotate(Key.objects.get(), by=who("alice"), overlap=timedelta(0))


ALL = ("grant.revoked", "key.revoked", "access.ended", "access.ended_under_policy")
WAYS = {
    "key": Way(lambda: key_revocation.revoke(Key.objects.get(), by=who("alice")), ("key.revoked",)),
    "key, reported": Way(
        lambda: key_revocation.revoke_reported(Key.objects.get(), reason="Found."), ("key.revoked",)
    ),
    "key, rotated": Way(rotate, ("key.rotated",)),
    "grant": Way(
        lambda: grants.revoke(Grant.objects.get(), by=who("pat"), reason="No."), ("grant.revoked",)
    ),
    "grant, ended": Way(
        lambda: grants.end(Grant.objects.get(), by=who("alice")), ("grant.ended", "key.revoked")
    ),
    "grant, shortened": Way(shorten, ("grant.shortened",)),
    "suspension": Way(
        lambda: suspensions.suspend(Grant.objects.get(), by=who("pat"), reason="No."),
        ("grant.suspended",),
    ),
    "person": Way(end(lambda: who("alice")), ALL),
    "person, by hand": Way(put_out_by_hand),
    "person, departed": Way(
        lambda: account_deletion.delete_account(who("alice"), by=who("alice")), ALL
    ),
    "institution": Way(end(far_university), ALL, join_institution),
    "policy": Way(end(lambda: Policy.objects.get(), by="pat"), ALL),
    "model": Way(end(lambda: AIModel.objects.get()), ALL),
    "model, withdrawn": Way(withdraw_model, ("policy.model_withdrawn",)),
    "collaborator": Way(
        lambda: collaborators.remove(Grant.objects.get(), who("bob"), by=who("alice")),
        ("grant.collaborator_removed",),
        lend_key_to_bob,
    ),
    "collaborator, left": Way(
        lambda: collaborators.leave(Grant.objects.get(), by=who("bob")),
        ("grant.collaborator_left",),
        lend_key_to_bob,
    ),
}
