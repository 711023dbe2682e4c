"""Two acts within a minute, before any mail has left: what goes out fits together."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core import mail
from django.db import transaction
from django.utils import timezone

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app import tasks
from requests_app.actions.grants import activation, capacities, collaborators, grants, suspensions
from requests_app.actions.keys import key_revocation, keys
from requests_app.actions.requests import invitations, requests
from requests_app.actions.review import votes
from requests_app.models import AccessRequest, Grant, Key, Notice, Policy
from requests_app.refusals import Refusal
from tests.conftest import ask_for, today
from tests.notices.test_contradicting_mails import ask_back, say_no
from tests.support import accepted_collaborators
from tests.support.page_client import with_verified_email
from tests.support.soak_sizes import size
from tests.support.world_records import recorded

pytestmark = pytest.mark.django_db

Approve = Callable[[AccessRequest, User], Grant]


def mails() -> Mapping[str, list[str]]:
    """The templates that each person gets now, in order."""
    mail.outbox.clear()
    tasks.send_notices()
    sent = Notice.objects.exclude(sent_at=None).filter(problem="").select_related("recipient")
    found = defaultdict(list)
    for notice in sent.order_by("pk"):
        found[notice.address or str(notice.recipient)].append(notice.template)
    sent.update(problem="seen")
    return found


def test_step_that_passes_is_not_told_to_who_decides_the_next(
    two_steps: Policy, opus: AIModel, alice: User, rita: User, sam: User, approve: Approve
) -> None:
    row = requests.save(ask_for(opus), by=alice, submit=True)
    mails()
    stage = row.stages.open().get()
    votes.approve(stage, by=rita, reason="Fine.", shown=stage.revision.digest())
    assert mails() == {"Sam": ["stage_opened"]}
    approve(row, sam)
    assert mails() == {"Alice": ["request_approved"]}


def test_received_is_not_told_once_there_is_a_decision(
    in_review: AccessRequest, rita: User, approve: Approve
) -> None:
    approve(in_review, rita)
    assert mails()["Alice"] == ["request_approved"]


def test_text_that_is_sent_again_is_received_once(
    in_review: AccessRequest, opus: AIModel, alice: User, rita: User
) -> None:
    ask_back(in_review, rita)
    better = ask_for(opus, purpose="Better.")
    requests.save(better, by=alice, access_request=in_review, submit=True)
    assert mails() == {name: ["stage_opened"] for name in ("Rita", "Sam")} | {
        "Alice": ["request_received"]
    }


def _waiting(
    policy: Policy, opus: AIModel, alice: User, rita: User, pat: User, approve: Approve
) -> Grant:
    capacities.set_capacity(policy, opus, by=pat, places=0, monthly_budget=None)
    return approve(requests.save(ask_for(opus), by=alice, submit=True), rita)


def test_start_is_told_by_an_approval_that_leaves_after_it(
    policy: Policy, opus: AIModel, alice: User, rita: User, pat: User, approve: Approve
) -> None:
    grant = _waiting(policy, opus, alice, rita, pat, approve)
    capacities.set_capacity(policy, opus, by=pat, places=1, monthly_budget=None)
    assert activation.activate(grant.pk, now=timezone.now())
    assert mails()["Alice"] == ["request_approved"]


def test_start_is_told_after_an_approval_that_left_before_it(
    policy: Policy, opus: AIModel, alice: User, rita: User, pat: User, approve: Approve
) -> None:
    grant = _waiting(policy, opus, alice, rita, pat, approve)
    assert mails()["Alice"] == ["request_approved"]
    assert "you are in the queue" in mail.outbox[-1].body
    capacities.set_capacity(policy, opus, by=pat, places=1, monthly_budget=None)
    assert activation.activate(grant.pk, now=timezone.now())
    assert mails()["Alice"] == ["grant_active"]


def test_invitation_that_is_accepted_and_left_is_told_as_declined(
    draft: AccessRequest, alice: User, bob: User
) -> None:
    invitation = invitations.invite(draft, bob.email, by=alice)
    with_verified_email(bob)
    invitations.accept(invitation, by=bob, terms=1)
    invitations.decline(invitation, by=bob)
    assert mails() == {"Alice": ["invitation_declined"]}


def test_invitation_that_is_sent_again_is_one_mail(draft: AccessRequest, alice: User) -> None:
    invitation = invitations.invite(draft, "new@example.org", by=alice)
    invitation.sent_at -= timedelta(minutes=11)
    invitation.save(update_fields=["sent_at"])
    invitations.send_again(invitation, by=alice)
    assert mails() == {"new@example.org": ["invited"]}


GRANT_ACTS: Mapping[str, Callable[[Grant, Callable[[str], User]], object]] = {
    "claim": lambda grant, get: keys.claim(grant, by=get("alice")),
    "revoke the key": lambda grant, get: key_revocation.revoke(
        grant.keys.latest("pk"), by=get("alice")
    ),
    "suspend": lambda grant, get: suspensions.suspend(grant, by=get("pat"), reason="A look."),
    "resume": lambda grant, get: suspensions.resume(grant, by=get("pat"), reason="All well."),
    "shorten": lambda grant, get: grants.shorten(
        grant, by=get("alice"), ends_at=timezone.now() + timedelta(days=20)
    ),
    "shorten more": lambda grant, get: grants.shorten(
        grant, by=get("alice"), ends_at=timezone.now() + timedelta(days=10)
    ),
    "revoke": lambda grant, get: grants.revoke(grant, by=get("pat"), reason="It leaked."),
    "end": lambda grant, get: grants.end(grant, by=get("alice")),
    "remove": lambda grant, get: collaborators.remove(grant, get("bob"), by=get("alice")),
    "leave": lambda grant, get: collaborators.leave(grant, by=get("bob")),
}
# Of these nobody gets two at once.
EXCLUSIVE = (
    {"request_received", "request_approved", "request_denied", "request_returned"},
    {"request_approved", "grant_active"},
    {"grant_suspended", "grant_resumed", "grant_ended", "grant_revoked"},
    {"grant_shortened", "grant_ended", "grant_revoked"},
    {"stage_opened", "stage_decided"},
    {"shared_active", "shared_ended", "shared_removed"},
)


def check_fitting(found: Mapping[str, list[str]], grant: Grant | None) -> None:
    for person, told in found.items():
        templates = [name for name in told if not name.startswith("key_")]
        assert len(set(templates)) == len(templates), (person, templates)
        for one in EXCLUSIVE:
            assert len(one & set(templates)) <= 1, (person, templates)
    if grant and Grant.objects.get(pk=grant.pk).state != "active":
        assert "Create your key" not in "".join(str(message.body) for message in mail.outbox)


@pytest.fixture
@recorded
def shared(policy: Policy, opus: AIModel, alice: User, bob: User, rita: User) -> Grant:
    """Alice's, with Bob; nobody has been told of anything yet."""
    asked = replace(ask_for(opus, days=150), collaborators=(bob.email,))
    row = accepted_collaborators.save(asked, by=alice, submit=True)
    stage = row.stages.get()
    votes.approve(stage, by=rita, reason="Sound.", shown=stage.revision.digest())
    return row.grants.get()


@pytest.mark.parametrize("first", GRANT_ACTS)
def test_approval_and_two_acts_on_its_access_fit_together(
    shared: Grant, request: pytest.FixtureRequest, first: str
) -> None:
    get = request.getfixturevalue
    if first in ("revoke the key", "resume"):
        GRANT_ACTS["claim" if first != "resume" else "suspend"](shared, get)
    GRANT_ACTS[first](shared, get)
    found = {second: told_after(GRANT_ACTS[second], shared, get) for second in seconds(first)}
    possible = [second for second, told in found.items() if told]
    assert len(possible) >= (0 if first in ("revoke", "end") else size(1, 4))


def seconds(first: str) -> Sequence[str]:
    """Of ten acts three that come after this one in a circle, or all."""
    acts = [*GRANT_ACTS, *GRANT_ACTS]
    place = acts.index(first)
    return size(acts[place + 1 : place + 8 : 3], acts[: len(GRANT_ACTS)])


def told_after(
    act: Callable[[Grant, Callable[[str], User]], object],
    grant: Grant,
    get: Callable[[str], User],
) -> Mapping[str, list[str]]:
    """Who is told what after one more act, which is then undone; nobody if it isn't possible."""
    with transaction.atomic():
        try:
            act(Grant.objects.get(pk=grant.pk), get)
        except (Refusal, Key.DoesNotExist):
            return {}
        finally:
            found = mails()
            check_fitting(found, grant)
            transaction.set_rollback(True)
    return found


def test_denial_and_its_appeal_fit_together(
    in_review: AccessRequest, alice: User, rita: User
) -> None:
    say_no(in_review, rita)
    requests.appeal(in_review, by=alice, reason="You have misread it.")
    found = mails()
    assert found["Alice"] == ["request_denied", "request_received"]
    assert found["Sam"] == ["stage_opened"]
    (denied,) = (m for m in mail.outbox if "Not approved" in m.subject)
    assert "appeal once" not in denied.body


def test_second_grant_to_come_says_when_it_starts(
    policy: Policy, opus: AIModel, alice: User, rita: User, approve: Approve
) -> None:
    later = replace(ask_for(opus), starts_on=today() + timedelta(days=9))
    approve(requests.save(later, by=alice, submit=True), rita)
    assert mails()["Alice"] == ["request_approved"]
    assert "Create your key" not in mail.outbox[-1].body
