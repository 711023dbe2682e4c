"""What the preview says is what the receipt says, in random worlds and when something changes."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import Group

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import Affiliation, Institution, User
from requests_app.actions.endings import bulk_revocation
from requests_app.actions.grants import grants
from requests_app.actions.keys import keys, service_tokens
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.actions.requests import affiliations, requests
from requests_app.models import BulkRevocation, Grant, Key, Policy, RequestInstitution
from requests_app.transitions import audit_chain
from requests_app.transitions.affected import USABLE_KEY_STATES, affected_by
from tests.conftest import ask_for
from tests.support.desk_client import figures, signed_in, text_of
from tests.support.random_access import World
from tests.support.soak_sizes import size

pytestmark = pytest.mark.django_db

PAGE = "/admin/requests_app/bulkrevocation/"


def survivors(subject: Any) -> list[Grant]:
    """Live grants that should have ended, found row by row."""
    return [grant for grant in Grant.objects.live() if is_under(grant, subject)]


def is_under(grant: Grant, subject: Any) -> bool:
    if isinstance(subject, User):
        return grant.holder == subject
    if isinstance(subject, Policy):
        return grant.access_request.policy_version.policy == subject
    if isinstance(subject, AIModel):
        return grant.granted_models.filter(ai_model=subject).exists()
    named = RequestInstitution.objects.filter(access_request=grant.access_request_id)
    if named.filter(institution=subject).exists():
        return True
    there = Affiliation.objects.filter(person=grant.holder, institution=subject)
    return any(each.ends_at is None or each.ends_at > grant.created_at for each in there)


@pytest.mark.parametrize("seed", range(size(1, 40)))
def test_preview_of_everything_is_what_the_receipt_lists(
    seed: int, policy: Policy, reviewers: Group, owners: Group, ada: User
) -> None:
    world = World(seed, reviewers=reviewers, owners=owners, superuser=ada)
    world.live(12)
    assert Grant.objects.live().exists()
    for subject in world.subjects():
        by = world.pat if isinstance(subject, Policy) else ada
        below = affected_by(subject)
        extent, people, kind = below.extent(), below.people.count(), below.kind
        shown = figures(text_of(signed_in(by).get(f"{PAGE}{kind.value}/{subject.pk}/")))
        assert (shown["Grants"], shown["Keys"]) == (len(extent.grants), len(extent.keys))
        assert shown["People notified"] == people
        ending = bulk_revocation.revoke_everything(
            subject, by=by, reason="Over.", shown=extent.digest
        )
        kinds = ("grants", "keys", "requests", "tokens", "rules")
        assert {name: getattr(ending, name) for name in kinds} == {
            name: getattr(extent, name) for name in kinds
        }
        assert (ending.places, ending.people) == (len(extent.places), people)
        assert not ending.differs_from_preview
        left = affected_by(subject)
        assert left.extent().digest == affected_by(AIModel(pk=0)).extent().digest  # nothing
        assert not survivors(subject)
        assert not Key.objects.filter(state__in=USABLE_KEY_STATES, grant__closed_at__isnull=False)
        world.live(4)
    assert not list(audit_chain.problems())


def confirmed(page: str, **changed: str) -> dict[str, str]:
    [shown] = re.findall(r'name="shown" value="(\w{64})"', page)
    return {"reason": "Over.", "typed": "claude-3-opus-20240229", "shown": shown, **changed}


def test_what_came_after_the_preview_ends_too_and_the_receipt_says_so(
    grant: Grant, opus: AIModel, alice: User, ada: User
) -> None:
    address = f"{PAGE}model/{opus.pk}/"
    form = confirmed(text_of(signed_in(ada).get(address)))
    late = keys.claim(grant, by=alice).key
    shown = text_of(signed_in(ada).post(address, form, follow=True))
    assert BulkRevocation.objects.get().keys == [late.public_id]
    assert "Something changed between the preview and the confirmation." in shown
    late.refresh_from_db()
    assert late.state == "revoked"


def test_what_ended_by_itself_after_the_preview_is_not_on_the_receipt(
    claimed: ClaimedKey, opus: AIModel, alice: User, ada: User
) -> None:
    address = f"{PAGE}model/{opus.pk}/"
    form = confirmed(text_of(signed_in(ada).get(address)))
    grants.end(claimed.key.grant, by=alice)
    shown = text_of(signed_in(ada).post(address, form, follow=True))
    assert BulkRevocation.objects.get().grants == []
    assert "Something changed" in shown


def test_unchanged_ending_says_nothing_of_a_change(
    claimed: ClaimedKey, opus: AIModel, ada: User
) -> None:
    address = f"{PAGE}model/{opus.pk}/"
    form = confirmed(text_of(signed_in(ada).get(address)))
    assert "Something changed" not in text_of(signed_in(ada).post(address, form, follow=True))


def test_page_that_is_shown_again_carries_the_new_preview(
    grant: Grant, opus: AIModel, alice: User, ada: User
) -> None:
    address = f"{PAGE}model/{opus.pk}/"
    form = confirmed(text_of(signed_in(ada).get(address)), reason="")
    keys.claim(grant, by=alice)
    again = signed_in(ada).post(address, form)
    assert again.status_code == 422
    form = confirmed(text_of(again))
    assert "Something changed" not in text_of(signed_in(ada).post(address, form, follow=True))


def test_preview_lists_tokens_and_requests_of_a_person(
    claimed: ClaimedKey, policy: Policy, opus: AIModel, bob: User, ada: User
) -> None:
    row = requests.save(ask_for(opus), by=bob, submit=True)
    until = claimed.key.expires_at
    service_tokens.create("Nightly run", owner=bob, permissions=["read"], expires_at=until, by=ada)
    page = text_of(signed_in(ada).get(f"{PAGE}person/{bob.pk}/"))
    assert figures(page) == {
        "Grants": 0, "Keys": 0, "Open requests": 1, "Service tokens": 1, "People notified": 1
    }  # fmt: skip
    assert row.public_id in page
    assert "Nightly run" in page


def test_preview_says_what_stays_with_reviewers(
    claimed: ClaimedKey, policy: Policy, opus: AIModel, bob: User, ada: User
) -> None:
    requests.save(ask_for(opus), by=bob, submit=True)
    requests.save(ask_for(opus), by=ada)  # a draft is with nobody
    page = text_of(signed_in(ada).get(f"{PAGE}model/{opus.pk}/"))
    assert "1 open request stays with its reviewers." in page


def moved(who: User, *names: str) -> None:
    for name in names:
        affiliations.change_profile(
            who, full_name=who.full_name, institution=name, orcid="", country=""
        )


def test_institution_ends_grants_of_people_who_worked_there_meanwhile(
    claimed: ClaimedKey, alice: User, ada: User
) -> None:
    """Asked for from elsewhere; she came after, and has left again."""
    moved(alice, "Kyiv", "Lima")
    kyiv = Institution.objects.get(name="Kyiv")
    ending = bulk_revocation.revoke_everything(kyiv, by=ada, reason="The contract is over.")
    assert (ending.grants, ending.keys) == (
        [claimed.key.grant.public_id],
        [claimed.key.public_id],
    )


def test_institution_leaves_grants_of_people_who_had_left_before(
    policy: Policy, opus: AIModel, alice: User, rita: User, ada: User, approve: Any
) -> None:
    moved(alice, "Kyiv", "Lima")
    grant = approve(requests.save(ask_for(opus), by=alice, submit=True), rita)
    kyiv = Institution.objects.get(name="Kyiv")
    ending = bulk_revocation.revoke_everything(kyiv, by=ada, reason="The contract is over.")
    grant.refresh_from_db()
    assert (ending.grants, grant.state) == ([], "active")
