"""The pages of who works on a request, for whoever asks and for whoever is invited."""

import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from lifecycle.people.models import User
from lifecycle.text import dates
from requests_app import tasks
from requests_app.actions.requests import invitations, requests
from requests_app.actions.review import votes
from requests_app.models import AccessRequest, Invitation
from tests.conftest import PASSWORD, person
from tests.support.page_client import (
    Browser,
    assert_nothing_inline,
    main_of,
    page,
    queries_of,
    with_verified_email,
)

pytestmark = pytest.mark.django_db

NEW = "new@example.org"


@pytest.fixture
def invitation(draft: AccessRequest, alice: User) -> Invitation:
    return invitations.invite(draft, NEW, by=alice)


def link_in_mail(to: str) -> str:
    """The path of the only link of ours that the mail asks to follow."""
    message = next(message for message in mail.outbox if message.to == [to])
    found = re.search(r"http://localhost:8000(/\S+/)", str(message.body))
    assert found
    return found[1]


def test_newcomer_comes_from_the_mail_signs_up_and_accepts(
    draft: AccessRequest, alice: User
) -> None:
    sent = Browser(alice).post(f"/requests/{draft}/people/", {"email": NEW}, follow=True)
    assert f"Invitation sent to {NEW}." in page(sent)
    tasks.send_notices()
    invited, browser = link_in_mail(NEW), Client()
    at_sign_in = browser.get(invited, follow=True)
    assert "/accounts/signup/?next=%2Finvitations%2F" in at_sign_in.content.decode()
    assert 'href="/accounts/signup/"' not in at_sign_in.content.decode()  # nor in the head
    text = {"email": NEW, "full_name": "Nora New", "password1": PASSWORD, "password2": PASSWORD}
    browser.post(f"/accounts/signup/?next={invited}", text)
    browser.post(link_in_mail_of_sign_up(NEW), follow=True)
    browser.post("/accounts/login/", {"login": NEW, "password": PASSWORD, "next": invited})
    assert "Alice invites you to collaborate on a request" in page(browser.get("/requests/"))
    shown = browser.get(invited)
    assert "Alice invites you" in page(shown)
    assert "Use it for research." in page(shown)  # the terms
    assert "Compare refusals" not in page(shown)
    assert_nothing_inline(shown)
    done = browser.post(f"{invited}accept/", {"terms": "1"}, follow=True)
    assert "Invitation accepted. You can read the request once it is sent." in page(done)
    assert [str(one) for one in draft.revision.collaborators.all()] == ["Nora New"]
    assert "You have joined A request of Alice" in page(browser.get("/requests/"))


def shown_to_invited(draft: AccessRequest, alice: User, **typed: str) -> str:
    """The page of an invitation that Alice has just sent from hers."""
    Browser(alice).post(f"/requests/{draft}/people/", {"email": NEW, **typed})
    newcomer = with_verified_email(person("new"))
    return page(Browser(newcomer).get(f"/invitations/{Invitation.objects.get()}/"))


def test_invited_see_title_models_and_dates_and_no_purpose(
    draft: AccessRequest, alice: User
) -> None:
    requests.change(draft, by=alice, title="Refusals over time")
    shown = shown_to_invited(draft, alice)
    assert "Title Refusals over time Models Claude Opus 3 Dates" in shown
    assert f"{dates.in_words(draft.revision.starts_on)} to" in shown
    assert "Purpose" not in shown
    assert "Compare refusals" not in shown


def test_title_of_a_draft_without_one_is_not_made_of_its_purpose(
    draft: AccessRequest, alice: User
) -> None:
    shown = shown_to_invited(draft, alice)
    assert "Title" not in shown
    assert "Compare refusals" not in shown


def test_invited_see_the_purpose_if_the_requester_says_so(
    draft: AccessRequest, alice: User
) -> None:
    shown = shown_to_invited(draft, alice, shows_purpose="on")
    assert "Purpose Compare refusals." in shown


def test_purpose_is_gone_once_the_invitation_is(draft: AccessRequest, alice: User) -> None:
    shown_to_invited(draft, alice, shows_purpose="on")
    invitations.withdraw(Invitation.objects.get(), by=alice)
    newcomer = User.objects.get(email=NEW)
    shown = page(Browser(newcomer).get(f"/invitations/{Invitation.objects.get()}/"))
    assert "Compare refusals" not in shown
    assert "Claude Opus 3" not in shown


def test_invited_see_nothing_of_the_review(
    in_review: AccessRequest, alice: User, rita: User
) -> None:
    """Of a returned request, with a reviewer's words, that somebody is invited to."""
    stage = in_review.stages.get()
    votes.ask_for_changes(stage, by=rita, reason="A secret doubt.", shown=stage.revision.digest())
    requests.change(in_review, by=alice, purpose="Compare poems.")
    shown = shown_to_invited(in_review, alice, shows_purpose="on")
    assert "Purpose Compare poems." in shown
    for private in ("A secret doubt", "Rita", "Research review", "Changes requested"):
        assert private not in shown


def test_mail_of_a_withdrawn_draft_says_nothing_of_its_purpose(
    draft: AccessRequest, alice: User, bob: User
) -> None:
    with_verified_email(bob)
    invitations.accept(invitations.invite(draft, bob.email, by=alice), by=bob, terms=1)
    requests.withdraw(draft, by=alice)
    tasks.send_notices()
    texts = [f"{one.subject} {one.body}" for one in mail.outbox if one.to == [bob.email]]
    assert texts
    assert "Compare refusals" not in "".join(texts)


def link_in_mail_of_sign_up(to: str) -> str:
    messages = [str(message.body) for message in mail.outbox if message.to == [to]]
    (found,) = {
        m[1] for body in messages if (m := re.search(r"(/accounts/confirm-email/\S+)", body))
    }
    return found


def test_whoever_isnt_invited_learns_nothing(
    invitation: Invitation, bob: User, alice: User
) -> None:
    there, nowhere = f"/invitations/{invitation}/", "/invitations/inv_0000000000000000/"
    for who in (with_verified_email(bob), with_verified_email(alice)):
        browser = Browser(who)
        one, other = browser.get(there), browser.get(nowhere)
        assert one.status_code == other.status_code == 404
        assert main_of(one) == main_of(other)
        assert "Add it to your account" in page(one)
        for verb in ("accept", "decline"):
            assert browser.post(f"{there}{verb}/", {"terms": "1"}).status_code == 404
    assert Client().get(there).status_code == 302
    invitation.refresh_from_db()
    assert invitation.state == "waiting"


def test_answers_are_the_same_whether_or_not_there_is_an_account(
    draft: AccessRequest, alice: User, bob: User
) -> None:
    browser, pages = Browser(alice), []
    for email in (NEW, bob.email):
        response = browser.post(f"/requests/{draft}/people/", {"email": email}, follow=True)
        pages.append(page(response).replace(email, "who"))
        invitations.withdraw(Invitation.objects.get(email=email), by=alice)
        Invitation.objects.filter(email=email).delete()
    assert re.sub(r"\d\d:\d\d", "", pages[0]) == re.sub(r"\d\d:\d\d", "", pages[1])


def test_whose_invitation_is_over_sees_no_more_of_the_draft(
    invitation: Invitation, alice: User
) -> None:
    browser, address = Browser(with_verified_email(person("new"))), f"/invitations/{invitation}/"
    assert "Claude Opus 3" in page(browser.get(address))
    invitations.withdraw(invitation, by=alice)
    shown = page(browser.get(address))
    assert "This invitation is no longer valid: Withdrawn." in shown
    assert "Claude Opus 3" not in shown
    assert alice.email not in shown


def test_list_tells_where_each_stands(
    invitation: Invitation, draft: AccessRequest, alice: User, bob: User
) -> None:
    draft.revision.collaborators.add(bob)
    other = invitations.invite(draft, "eve@example.org", by=alice)
    invitations.decline(other, by=with_verified_email(person("eve")))
    shown = Browser(alice).get(f"/requests/{draft}/people/")
    assert f"{NEW} Pending. The invitation expires" in page(shown)
    assert "Bob bob@example.org Named by you; must accept the terms before creating a key" in page(
        shown
    )
    assert "eve@example.org Declined" in page(shown)
    assert_nothing_inline(shown)
    for place in ("", "check/"):
        told = page(Browser(alice).get(f"/requests/{draft}/{place}"))
        assert f"{NEW} hasn't responded. If you send the request now, the invitation ends" in told


def test_withdraw_and_take_out_on_the_page(
    invitation: Invitation, draft: AccessRequest, alice: User, bob: User
) -> None:
    draft.revision.collaborators.add(bob)
    browser, place = Browser(alice), f"/requests/{draft}/people/"
    browser.post(f"{place}withdraw/", {"invitation": invitation.public_id})
    browser.post(f"{place}out/", {"person": bob.email})
    shown = page(browser.get(place))
    assert f"{NEW} Withdrawn" in shown
    assert bob.email not in shown
    assert not draft.revision.collaborators.exists()


def test_wrong_address_is_said_beside_the_field(draft: AccessRequest, alice: User) -> None:
    response = Browser(alice).post(f"/requests/{draft}/people/", {"email": "two words"})
    assert response.status_code == 422
    assert page(response).count("Enter one email address") == 2
    assert_nothing_inline(response)


def test_too_many_mails_are_refused(draft: AccessRequest, alice: User, settings: Any) -> None:
    settings.INVITATIONS_PER_HOUR = 1
    browser, place = Browser(alice), f"/requests/{draft}/people/"
    assert browser.post(place, {"email": NEW}).status_code == 302
    assert browser.post(place, {"email": "next@example.org"}).status_code == 429
    assert Invitation.objects.count() == 1


def test_others_find_no_list(draft: AccessRequest, bob: User, invitation: Invitation) -> None:
    browser, place = Browser(bob), f"/requests/{draft}/people/"
    assert browser.get(place).status_code == 404
    assert browser.post(place, {"email": NEW}).status_code == 404
    for verb in ("again", "withdraw", "out"):
        sent = {"invitation": invitation.public_id, "person": NEW}
        assert browser.post(f"{place}{verb}/", sent).status_code == 404


def test_terms_that_are_no_number_of_a_version_are_refused(
    invitation: Invitation, bob: User
) -> None:
    browser = Browser(with_verified_email(bob, NEW))
    for terms in ("", "²", "9" * 5_000):
        answer = browser.post(f"/invitations/{invitation}/accept/", {"terms": terms})
        assert answer.status_code == 409


def test_pages_ask_the_same_number_of_queries_for_many(
    invitation: Invitation, draft: AccessRequest, alice: User, bob: User
) -> None:
    invitations.accept(invitation, by=with_verified_email(person("new")), terms=1)
    invitations.invite(draft, with_verified_email(bob).email, by=alice)
    doors = [(alice, f"/requests/{draft}/people/"), (alice, f"/requests/{draft}/")]
    doors += [(bob, "/requests/"), (bob, f"/invitations/{bob_s_invitation(bob)}/")]
    before = [queries_of(Browser(who), address) for who, address in doors]
    for name in ("kim", "lou", "max"):
        row = invitations.invite(draft, f"{name}@example.org", by=alice)
        invitations.accept(row, by=with_verified_email(person(name)), terms=1)
        invitations.invite(draft, f"{name}.two@example.org", by=alice)
    assert [queries_of(Browser(who), address) for who, address in doors] == before


def bob_s_invitation(bob: User) -> Invitation:
    return Invitation.objects.get(email=bob.email)
