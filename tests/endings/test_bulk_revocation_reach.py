"""Everything under X is found by every way that leads to X, and everybody who loses hears of it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.core import mail
from django.db.models import F

from lifecycle.catalogue.models import AIModel
from lifecycle.people import profiles
from lifecycle.people.models import Institution, User
from requests_app import tasks
from requests_app.actions.endings import bulk_revocation
from requests_app.actions.grants import collaborators
from requests_app.actions.keys import keys
from requests_app.actions.review import votes
from requests_app.models import Collaborator, Grant, Notice, Policy
from requests_app.refusals import NotAllowed
from requests_app.transitions import audit_chain
from requests_app.transitions.affected import affected_by
from tests.conftest import ask_for
from tests.support import accepted_collaborators
from tests.support.desk_client import signed_in, text_of
from tests.support.sent_mail import sent_to
from tests.support.world_records import recorded

pytestmark = pytest.mark.django_db


@pytest.fixture
@recorded
def shared(policy: Policy, opus: AIModel, alice: User, bob: User, rita: User) -> Grant:
    """Alice's, whose profile is empty, asked for from Oslo, shared with Bob."""
    ask = replace(ask_for(opus), organisation="Oslo", collaborators=(bob.email,))
    stage = accepted_collaborators.save(ask, by=alice, submit=True).stages.get()
    votes.approve(stage, by=rita, reason="Fine.", shown=stage.revision.digest())
    return Grant.objects.get()


@pytest.fixture
def oslo(shared: Grant) -> Institution:
    return Institution.objects.get(name="Oslo")


def told() -> set[str]:
    rows = Notice.objects.filter(template="access_ended")
    return {notice.recipient.full_name for notice in rows}


def test_institution_ends_what_was_asked_for_in_its_name(
    shared: Grant, oslo: Institution, ada: User
) -> None:
    ending = bulk_revocation.revoke_everything(oslo, by=ada, reason="The contract is over.")
    shared.refresh_from_db()
    assert (shared.state, ending.grants) == ("revoked", [shared.public_id])


def test_institution_ends_what_its_people_hold_though_they_emptied_their_profile(
    shared: Grant, alice: User, ada: User
) -> None:
    kyiv = profiles.institution_named("Kyiv")
    for place in (kyiv, None):
        alice.institution = place
        alice.save()
    bulk_revocation.revoke_everything(kyiv, by=ada, reason="The contract is over.")
    shared.refresh_from_db()
    assert shared.state == "revoked"


@pytest.mark.parametrize("kind", ["institution", "person", "model", "policy"])
def test_whoever_shares_what_ends_is_told_once(
    shared: Grant, oslo: Institution, ada: User, pat: User, kind: str
) -> None:
    subject = {
        "institution": oslo,
        "person": shared.holder,
        "model": shared.granted_models.get().ai_model,
        "policy": shared.access_request.policy_version.policy,
    }[kind]
    assert {each.full_name for each in affected_by(subject).people} == {"Alice", "Bob"}
    ending = bulk_revocation.revoke_everything(
        subject, by=pat if kind == "policy" else ada, reason="Over."
    )
    assert (told(), ending.people) == ({"Alice", "Bob"}, 2)
    [message] = sent_to(User.objects.get(email="bob@example.org"))
    assert "You no longer have:\n\n- 1 grant that was shared with you\n" in message.body


def test_institution_ends_the_places_of_its_people_under_grants_of_others(
    shared: Grant, bob: User, alice: User, ada: User
) -> None:
    """Otherwise they would make another key at once."""
    bob.institution = kyiv = profiles.institution_named("Kyiv")
    bob.save()
    requests_page = signed_in(ada).get(f"/admin/requests_app/bulkrevocation/institution/{kyiv.pk}/")
    assert "<dt>Shared access</dt><dd>1</dd>" in text_of(requests_page)
    assert f"<li>Bob, under {shared}</li>" in text_of(requests_page)
    bulk_revocation.revoke_everything(kyiv, by=ada, reason="The contract is over.")
    assert Collaborator.objects.get().removed_by == ada
    with pytest.raises(NotAllowed):
        keys.claim(shared, by=bob)
    shared.refresh_from_db()
    assert (shared.state, told()) == ("active", {"Bob"})
    assert not list(audit_chain.problems())


def test_institution_ends_the_places_of_people_who_have_moved_on_paper(
    shared: Grant, bob: User, ada: User
) -> None:
    """They worked there when they were given the place."""
    kyiv, lima = (profiles.institution_named(name) for name in ("Kyiv", "Lima"))
    for place in (kyiv, lima):
        bob.institution = place
        bob.save()
    collaborators.accept(shared, by=bob)
    key = keys.claim(shared, by=bob).key
    Collaborator.objects.update(added_at=F("added_at") - timedelta(hours=1))
    bulk_revocation.revoke_everything(kyiv, by=ada, reason="The contract is over.")
    key.refresh_from_db()
    assert (Collaborator.objects.get().removed_by, key.state) == (ada, "revoked")
    shared.refresh_from_db()
    assert (shared.state, told()) == ("active", {"Bob"})


def test_holder_without_a_key_is_told_too(shared: Grant, ada: User, alice: User) -> None:
    """A count that isn't there isn't the method of that name."""
    bulk_revocation.revoke_everything(alice, by=ada, reason="Over.")
    tasks.send_notices()
    [message] = [each for each in mail.outbox if each.subject == "Your access has ended"][:1]
    assert "You no longer have:\n\n- 1 grant\n" in message.body
