"""Collaborators write parts of a draft if its requester lets them, and nothing else of it."""

from typing import Any
from unittest.mock import ANY

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions.endings import account_deletion
from requests_app.actions.requests import files, invitations, requests
from requests_app.actions.review import votes
from requests_app.models import AccessRequest, Event, Invitation, RequestedModel, Vote
from requests_app.refusals import Invalid, NotAllowed, WrongState
from requests_app.rules.desk import inbox
from requests_app.rules.roles import CO_WRITTEN
from requests_app.transitions import audit_chain
from requests_app.validation.request_input import fingerprint, input_of
from tests.support.concurrency import at_once
from tests.support.page_client import Browser, page, with_verified_email

pytestmark = pytest.mark.django_db


def joins(draft: AccessRequest, person: User, *, may_edit: bool = True) -> Invitation:
    invitation = invitations.invite(
        draft, with_verified_email(person).email, by=draft.requester, may_edit=may_edit
    )
    return invitations.accept(invitation, by=person, terms=1)


@pytest.fixture
def joined(draft: AccessRequest, bob: User) -> Invitation:
    return joins(draft, bob)


def write(draft: AccessRequest, by: User, **changes: Any) -> AccessRequest:
    return requests.change(draft, by=by, **(changes or {"purpose": "Written by Bob."}))


def address_of(draft: AccessRequest, part: str = "purpose") -> str:
    return f"/requests/{draft}/edit/{part}/"


def test_who_may_edit_writes_and_the_event_says_who(
    draft: AccessRequest, joined: Invitation, alice: User, bob: User, opus: AIModel
) -> None:
    write(draft, bob, purpose="Compare poems.", expected_cost=9)
    assert (draft.revision.purpose, draft.revision.expected_cost) == ("Compare poems.", 9)
    saved = Event.objects.filter(kind="request.saved").last()
    assert saved
    assert saved.actor == bob
    draft.refresh_from_db()
    assert draft.requester == alice
    assert RequestedModel.objects.get(ai_model=opus).requester == alice
    assert requests.submit(draft, by=alice).state == "in_review"
    assert not list(audit_chain.problems())


def test_who_only_joined_writes_nothing(draft: AccessRequest, bob: User) -> None:
    joins(draft, bob, may_edit=False)
    with pytest.raises(NotAllowed, match="Only the requester and those whom they let edit"):
        write(draft, bob)


def test_invited_write_nothing_before_they_accept(draft: AccessRequest, bob: User) -> None:
    invitation = invitations.invite(
        draft, with_verified_email(bob).email, by=draft.requester, may_edit=True
    )
    with pytest.raises(NotAllowed):
        write(draft, bob)
    assert Browser(bob).get(address_of(draft)).status_code == 404
    invitations.decline(invitation, by=bob)
    with pytest.raises(NotAllowed):
        write(draft, bob)


@pytest.mark.parametrize("end", ["withdraw", "decline", "allow"])
def test_who_was_taken_out_or_left_writes_no_more(
    draft: AccessRequest, joined: Invitation, alice: User, bob: User, end: str
) -> None:
    if end == "allow":
        invitations.allow(joined, by=alice, shows_purpose=False, may_edit=False)
    else:
        getattr(invitations, end)(joined, by=alice if end == "withdraw" else bob)
    with pytest.raises(NotAllowed):
        write(draft, bob)


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "Bob's"},
        {"identifiers": ("other",)},
        {"organisation": "Bob's"},
        {"track": "industry"},
        {"collaborators": ()},
        {"attests": True},
        {"accepted_terms": "opus/1"},
        {"purpose": "Fine.", "team": "Bob alone."},
    ],
)
def test_whose_request_it_is_stays_with_the_requester(
    draft: AccessRequest, joined: Invitation, bob: User, changes: dict[str, Any]
) -> None:
    before = draft.revision.digest()
    with pytest.raises(NotAllowed):
        write(draft, bob, **changes)
    assert draft.revision.digest() == before


def test_whoever_writes_does_not_send_withdraw_invite_or_attach(
    draft: AccessRequest, joined: Invitation, bob: User
) -> None:
    for refused in (
        lambda: requests.submit(draft, by=bob),
        lambda: requests.withdraw(draft, by=bob),
        lambda: invitations.invite(draft, "new@example.org", by=bob),
        lambda: invitations.allow(joined, by=bob, shows_purpose=True, may_edit=True),
        lambda: files.attach(draft, SimpleUploadedFile("a.txt", b"x"), by=bob),
    ):
        with pytest.raises(NotAllowed):
            refused()
    browser = Browser(bob)
    for place in ("edit/", "edit/models/", "edit/about/", "edit/terms/", "check/", "people/"):
        assert browser.get(f"/requests/{draft}/{place}").status_code == 404


def test_everything_that_may_be_written_is_a_field_of_the_input(draft: AccessRequest) -> None:
    assert vars(input_of(draft.revision)).keys() >= CO_WRITTEN


def test_sent_request_is_written_no_more_until_it_is_returned(
    draft: AccessRequest, joined: Invitation, alice: User, bob: User, rita: User
) -> None:
    requests.submit(draft, by=alice)
    with pytest.raises(WrongState):
        write(draft, bob)
    stage = draft.stages.get()
    votes.ask_for_changes(stage, by=rita, reason="A doubt.", shown=stage.revision.digest())
    write(draft, bob)
    assert (draft.revision.number, draft.revision.purpose) == (2, "Written by Bob.")
    shown = page(Browser(bob).get(address_of(draft)))
    assert "A doubt." not in shown


def test_text_is_judged_as_the_requesters(
    draft: AccessRequest, joined: Invitation, bob: User
) -> None:
    with pytest.raises(Invalid, match="Shorten this to 300 words"):
        write(draft, bob, purpose="word " * 301)


def test_deleted_account_of_a_writer_leaves_the_draft_whole(
    draft: AccessRequest, joined: Invitation, alice: User, bob: User
) -> None:
    write(draft, bob)
    account_deletion.delete_account(bob, by=bob)
    assert draft.revision.purpose == "Written by Bob."
    write(draft, alice, purpose="Hers.")
    assert not list(audit_chain.problems())


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_is_told_and_nothing_is_lost(
    draft: AccessRequest, alice: User, bob: User
) -> None:
    joins(draft, bob)
    shown = fingerprint(input_of(draft.revision), ["purpose"])
    texts = {alice: "Alice's purpose.", bob: "Bob's purpose."}

    def save(by: User) -> Any:
        return lambda: requests.change(draft, by=by, shown=shown, purpose=texts[by])

    results = at_once(save(alice), save(bob))
    refused = [result for result in results if isinstance(result, Invalid)]
    assert len(refused) == 1
    assert "was saved somewhere else" in refused[0].sentence
    assert draft.revision.purpose in texts.values()


@pytest.mark.django_db(transaction=True)
def test_two_parts_at_once_are_both_saved(draft: AccessRequest, alice: User, bob: User) -> None:
    joins(draft, bob)
    at_once(
        lambda: requests.change(draft, by=alice, title="Hers"),
        lambda: requests.change(draft, by=bob, safety="His."),
    )
    assert (draft.revision.title, draft.revision.safety) == ("Hers", "His.")


# On pages ----------------------------------------------------------------------------------------


def test_page_of_the_invitation_leads_to_what_may_be_edited(
    draft: AccessRequest, joined: Invitation, bob: User
) -> None:
    browser = Browser(bob)
    shown = browser.get(f"/invitations/{joined}/")
    assert "You may edit Purpose Use and time Data and safety" in page(shown)
    saved = browser.post(address_of(draft), {"purpose": "Compare poems."}, follow=True)
    assert saved.redirect_chain == [(f"/invitations/{joined}/", 302)]
    assert draft.revision.purpose == "Compare poems."
    timeline = page(Browser(draft.requester).get(f"/requests/{draft}/"))
    assert "Draft saved by Bob." in timeline


def test_second_to_save_sees_the_other_text_and_keeps_theirs(
    draft: AccessRequest, joined: Invitation, alice: User, bob: User
) -> None:
    browser = Browser(bob)
    opened = browser.get(address_of(draft)).context["shown_text"]
    write(draft, alice, purpose="Alice was quicker.")
    refused = browser.post(address_of(draft), {"purpose": "Bob's own.", "shown_text": opened})
    shown = page(refused)
    assert refused.status_code == 422
    assert "The draft was last saved by Alice." in shown
    assert "The version that was saved meanwhile" in shown
    assert "Alice was quicker." in shown
    assert "Bob's own." in shown
    again = {"purpose": "Bob's own.", "shown_text": refused.context["shown_text"]}
    assert browser.post(address_of(draft), again).status_code == 302
    assert draft.revision.purpose == "Bob's own."


def test_another_mistake_does_not_hide_that_it_was_saved_meanwhile(
    draft: AccessRequest, joined: Invitation, alice: User, bob: User
) -> None:
    browser, address = Browser(bob), address_of(draft, "use")
    opened = browser.get(address).context["shown_text"]
    write(draft, alice, expected_cost=7)
    days = {"starts_on": str(draft.revision.starts_on), "ends_on": str(draft.revision.ends_on)}
    typed = {**days, "operations": ["messages"], "expected_cost": "x", "shown_text": opened}
    wrong = browser.post(address, typed)
    assert wrong.context["form"].errors.keys() == {"expected_cost"}
    corrected = {**typed, "expected_cost": "9", "shown_text": wrong.context["shown_text"]}
    assert "The draft was last saved by Alice." in page(browser.post(address, corrected))
    assert draft.revision.expected_cost == 7


def test_text_is_shown_again_if_it_can_no_longer_be_saved(
    draft: AccessRequest, joined: Invitation, alice: User, bob: User
) -> None:
    browser, text = Browser(bob), "A long purpose that took an hour to write. " * 3
    browser.get(address_of(draft))
    requests.submit(draft, by=alice)
    answer = browser.post(address_of(draft), {"purpose": text})
    assert answer.status_code == 409
    assert text.strip() in page(answer)


def test_requester_gives_and_takes_leave_on_their_page(
    draft: AccessRequest, alice: User, bob: User
) -> None:
    browser = Browser(alice)
    browser.post(f"/requests/{draft}/people/", {"email": bob.email, "may_edit": "on"})
    row = Invitation.objects.get()
    assert (row.may_edit, row.shows_purpose) == (True, False)
    assert "May edit the draft" in page(browser.get(f"/requests/{draft}/people/"))
    changed = {"invitation": row.public_id, "shows_purpose": "on"}
    browser.post(f"/requests/{draft}/people/allow/", changed)
    row.refresh_from_db()
    assert (row.may_edit, row.shows_purpose) == (False, True)
    event = Event.objects.get(kind="invitation.changed")
    assert event.details == {"shows_purpose": True, "may_edit": False, "request_id": ANY}
    browser.post(f"/requests/{draft}/people/allow/", changed)
    assert Event.objects.filter(kind="invitation.changed").count() == 1


def test_requesters_list_says_who_else_sees_a_draft(
    draft: AccessRequest, alice: User, bob: User
) -> None:
    browser, nobody = Browser(alice), "Nobody sees them until you send the request."
    assert nobody in page(browser.get(f"/requests/{draft}/edit/"))
    joins(draft, bob)
    shown = page(browser.get(f"/requests/{draft}/edit/"))
    assert nobody not in shown
    assert "only the people whom you invited see what you let them see" in shown


def test_whoever_has_joined_keeps_what_they_were_shown(
    draft: AccessRequest, joined: Invitation, alice: User
) -> None:
    """Their row doesn't ask any more what they see before they accept."""
    Invitation.objects.update(shows_purpose=True)
    browser = Browser(alice)
    shown = browser.get(f"/requests/{draft}/people/").content.decode()
    assert f'id="{joined.public_id}-may_edit"' in shown
    assert f'id="{joined.public_id}-shows_purpose"' not in shown
    browser.post(f"/requests/{draft}/people/allow/", {"invitation": joined.public_id})
    joined.refresh_from_db()
    assert (joined.may_edit, joined.shows_purpose) == (False, True)


def test_strangers_find_no_such_page(draft: AccessRequest, joined: Invitation, eve: User) -> None:
    assert Browser(eve).get(address_of(draft)).status_code == 404
    assert Browser(eve).post(address_of(draft), {"purpose": "Mine."}).status_code == 404
    assert Client().get(address_of(draft)).status_code == 302


def test_who_wrote_a_part_never_decides_even_if_left_out_before_it_was_sent(
    draft: AccessRequest, joined: Invitation, alice: User, bob: User, rita: User, reviewers: Group
) -> None:
    bob.groups.add(reviewers)
    User.objects.filter(pk=bob.pk).update(is_staff=True)
    bob.refresh_from_db()
    write(draft, bob)
    invitations.withdraw(joined, by=alice)
    stage = requests.submit(draft, by=alice).stages.get()
    assert bob not in stage.revision.collaborators.all()
    with pytest.raises(NotAllowed, match="You are a collaborator on this request"):
        votes.approve(stage, by=bob, reason="Mine.", shown=stage.revision.digest())
    assert not inbox.waiting_for(bob, timezone.now()).exists()
    assert inbox.waiting_for(rita, timezone.now()).exists()
    vote = Vote(stage=stage, seat=bob, voter=bob, choice="approve", reason="Mine.")
    vote.cast_at = timezone.now()
    with pytest.raises(IntegrityError, match="part of the request"):
        vote.save()
