"""End everything: under a person, an institution, a policy, a model; from one moment, told once."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import Institution, User
from requests_app import tasks
from requests_app.actions.endings import bulk_revocation
from requests_app.actions.keys import keys, service_tokens
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.actions.requests import requests
from requests_app.actions.review import votes
from requests_app.models import (
    AccessRequest,
    BulkRevocation,
    Event,
    Grant,
    Key,
    Notice,
    Policy,
    Stage,
)
from requests_app.refusals import Invalid, NotAllowed, WrongState
from requests_app.transitions import audit_chain
from tests.conftest import ask_for
from tests.support.bulk_grants import many_grants
from tests.support.soak_sizes import size

pytestmark = pytest.mark.django_db

Approve = Callable[[AccessRequest, User], Grant]


@pytest.fixture
def institute(alice: User) -> Institution:
    institute = Institution.objects.create(name="Institute")
    User.objects.filter(pk=alice.pk).update(institution=institute)
    return institute


def states(*rows: object) -> list[str]:
    return [type(row).objects.get(pk=row.pk).state for row in rows]  # type: ignore[attr-defined]


def test_person_loses_everything_from_one_moment(
    claimed: ClaimedKey, ada: User, alice: User
) -> None:
    ending = bulk_revocation.revoke_everything(alice, by=ada, reason="Shared the key.")
    key = Key.objects.get()
    assert states(claimed.key, claimed.key.grant) == ["revoked", "revoked"]
    assert key.refused_from == ending.at == key.grant.closed_at
    assert key.revoked_by == key.grant.closed_by == ada
    assert not User.objects.get(pk=alice.pk).is_active
    assert (ending.grants, ending.keys) == ([key.grant.public_id], [key.public_id])
    assert not list(audit_chain.problems())


def test_person_loses_open_requests_and_tokens(stage: Stage, ada: User, alice: User) -> None:
    end = timezone.now() + timedelta(days=3)
    token = service_tokens.create(
        "Robot", owner=alice, permissions=["read"], expires_at=end, by=ada
    ).token
    ending = bulk_revocation.revoke_everything(alice, by=ada, reason="Not who she says.")
    assert states(stage, stage.access_request) == ["closed", "withdrawn"]
    assert ending.requests == [stage.access_request.public_id]
    token.refresh_from_db()
    assert token.revoked_by == ada
    with pytest.raises(NotAllowed, match="good standing"):
        requests.withdraw(stage.access_request, by=alice)


def test_person_loses_keys_under_grants_of_others(
    claimed: ClaimedKey, ada: User, bob: User
) -> None:
    Key.objects.update(holder=bob)
    ending = bulk_revocation.revoke_everything(bob, by=ada, reason="Left.")
    assert states(claimed.key, claimed.key.grant) == ["revoked", "active"]
    assert (ending.grants, ending.keys) == ([], [claimed.key.public_id])


def test_institution_loses_grants_and_its_people_stay(
    claimed: ClaimedKey, institute: Institution, ada: User, alice: User
) -> None:
    bulk_revocation.revoke_everything(institute, by=ada, reason="The contract is over.")
    assert states(claimed.key, claimed.key.grant) == ["revoked", "revoked"]
    assert User.objects.get(pk=alice.pk).is_active


def test_policy_ends_by_its_owners_only(
    claimed: ClaimedKey, policy: Policy, pat: User, ada: User, rita: User
) -> None:
    for other in (ada, rita):
        with pytest.raises(NotAllowed, match="Only the policy's owners"):
            bulk_revocation.revoke_everything(policy, by=other, reason="No.")
    ending = bulk_revocation.revoke_everything(policy, by=pat, reason="The terms were wrong.")
    assert states(claimed.key, claimed.key.grant) == ["revoked", "revoked"]
    assert ending.policy == policy


def test_model_is_withdrawn_and_nothing_more_is_granted(
    claimed: ClaimedKey, opus: AIModel, bob: User, rita: User, ada: User, approve: Approve
) -> None:
    waiting = requests.save(ask_for(opus), by=bob, submit=True)
    ending = bulk_revocation.revoke_everything(opus, by=ada, reason="The weights leaked.")
    opus.refresh_from_db()
    assert opus.withdrawn_at == ending.at
    assert states(claimed.key, claimed.key.grant, waiting) == ["revoked", "revoked", "in_review"]
    with pytest.raises(WrongState, match="has been withdrawn"):
        approve(waiting, rita)


def test_only_superusers_end_people_institutions_and_models(
    policy: Policy, opus: AIModel, alice: User, institute: Institution, pat: User, ada: User
) -> None:
    for subject in (alice, institute, opus):
        with pytest.raises(NotAllowed, match="Only a superuser"):
            bulk_revocation.revoke_everything(subject, by=pat, reason="No.")
    with pytest.raises(NotAllowed, match="Ask another superuser"):
        bulk_revocation.revoke_everything(ada, by=ada, reason="Oops.")
    User.objects.filter(pk=ada.pk).update(is_active=False)
    with pytest.raises(NotAllowed, match="good standing"):
        bulk_revocation.revoke_everything(alice, by=ada, reason="No.")


def test_a_reason_is_needed(claimed: ClaimedKey, ada: User, alice: User) -> None:
    with pytest.raises(Invalid, match="Give a reason"):
        bulk_revocation.revoke_everything(alice, by=ada, reason="  ")
    assert states(claimed.key) == ["active"]


def test_everybody_is_told_once(opus: AIModel, policy: Policy, ada: User) -> None:
    many_grants(3, opus, policy, keys=2)
    Notice.objects.all().delete()
    ending = bulk_revocation.revoke_everything(opus, by=ada, reason="The weights leaked.")
    assert (ending.people, len(ending.grants), len(ending.keys)) == (3, 3, 6)
    tasks.send_notices()
    holders = [f"holder{n}@example.org" for n in range(3)]
    owners = ["lee@example.org", "pat@example.org"]
    assert sorted(m.to[0] for m in mail.outbox) == [*holders, *owners]
    for message in (each for each in mail.outbox if each.to[0] in holders):
        assert "- 1 grant\n- 2 keys, which no longer work\n" in message.body
        assert "The weights leaked." in message.body
        assert ending.public_id in message.body


def test_every_event_of_an_ending_names_its_receipt(
    claimed: ClaimedKey, ada: User, alice: User
) -> None:
    before = Event.objects.count()
    ending = bulk_revocation.revoke_everything(alice, by=ada, reason="Shared the key.")
    events = Event.objects.order_by("pk")[before:]
    kinds = ["grant.revoked", "key.revoked", "key.confirmed", "access.ended"]
    assert [event.kind for event in events] == [*kinds, "access.ended_under_policy"]
    assert {event.details["receipt"] for event in events} == {ending.public_id}


def test_ending_twice_finds_nothing_more(claimed: ClaimedKey, ada: User, opus: AIModel) -> None:
    first = bulk_revocation.revoke_everything(opus, by=ada, reason="Leaked.")
    second = bulk_revocation.revoke_everything(opus, by=ada, reason="Leaked.")
    assert (second.people, second.grants, second.keys) == (0, [], [])
    opus.refresh_from_db()
    assert opus.withdrawn_at == first.at


def test_receipt_is_never_changed(claimed: ClaimedKey, ada: User, alice: User) -> None:
    bulk_revocation.revoke_everything(alice, by=ada, reason="Shared the key.")
    with pytest.raises(IntegrityError), transaction.atomic():
        BulkRevocation.objects.update(reason="Nothing.")


def test_other_people_keep_what_they_have(
    opus: AIModel, policy: Policy, ada: User, alice: User
) -> None:
    many_grants(2, opus, policy)
    bulk_revocation.revoke_everything(
        User.objects.get(email="holder0@example.org"), by=ada, reason="Left."
    )
    assert sorted(Grant.objects.values_list("holder__email", "state")) == [
        ("holder0@example.org", "revoked"),
        ("holder1@example.org", "active"),
    ]


def test_many_end_in_few_statements(opus: AIModel, policy: Policy, ada: User) -> None:
    many = size(60, 2000)
    many_grants(many, opus, policy)
    with CaptureQueriesContext(connection) as captured:
        ending = bulk_revocation.revoke_everything(opus, by=ada, reason="The weights leaked.")
    assert len(captured) < 60
    assert len(ending.grants) == len(ending.keys) == ending.people == many
    assert not Grant.objects.live().exists()
    assert not list(audit_chain.problems())


def test_reviewers_are_told_that_a_stage_is_closed(
    stage: Stage, ada: User, alice: User, rita: User
) -> None:
    bulk_revocation.revoke_everything(alice, by=ada, reason="Not who she says.")
    told = Notice.objects.filter(event__kind="stage.closed")
    assert {notice.recipient for notice in told} >= {rita}


def test_approving_for_somebody_put_out_is_refused(stage: Stage, alice: User, rita: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)
    with pytest.raises(WrongState, match="good standing"):
        votes.approve(stage, by=rita, reason="Yes.", shown=stage.revision.digest())


def test_claim_after_the_end_is_refused(grant: Grant, ada: User, opus: AIModel) -> None:
    bulk_revocation.revoke_everything(opus, by=ada, reason="Leaked.")
    with pytest.raises(WrongState, match="revoked"):
        keys.claim(grant, by=grant.holder)
