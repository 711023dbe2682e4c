"""Saved reasons on the desk: their page, and the list beside a decision."""

import re

import pytest
from pytest_django import DjangoAssertNumQueries

from lifecycle.people.models import User
from requests_app.actions.review import saved_reasons, votes
from requests_app.models import Policy, SavedReason, Stage
from tests.admin.test_pages import PAGE_QUERIES
from tests.support.desk_client import page_of, seen, signed_in, text_of

pytestmark = pytest.mark.django_db

PAGE = "/admin/requests_app/savedreason/"
TEXT = "Which prompts are <used>?"


def change_page(reason: SavedReason) -> str:
    return f"{PAGE}{reason.pk}/change/"


@pytest.fixture
def own(policy: Policy, rita: User) -> SavedReason:
    return saved_reasons.add(by=rita, name="Own", text=TEXT)


@pytest.fixture
def shared(policy: Policy, pat: User) -> SavedReason:
    return saved_reasons.add(by=pat, name="Shared", text="From the owners.", policy=policy)


def test_page_saves_one_and_shows_it(policy: Policy, rita: User) -> None:
    browser = signed_in(rita)
    answer = browser.post(PAGE, {"name": "Vague", "text": TEXT}, follow=True)
    assert "Saved: Vague." in text_of(answer)
    assert "<p>Which prompts are &lt;used&gt;?</p>" in text_of(answer)
    assert 'name="policy"' not in text_of(answer)  # she owns none
    again = browser.post(PAGE, {"name": "Vague", "text": TEXT}, follow=True)
    assert "You clicked twice" in text_of(again)
    taken = browser.post(PAGE, {"name": "Vague", "text": "Else."})
    assert taken.status_code == 422
    assert "Another one is already called “Vague”." in text_of(taken)
    assert "Else.</textarea>" in taken.content.decode().replace("\n", "")


def test_owner_shares_one_from_the_page(policy: Policy, pat: User, rita: User) -> None:
    browser = signed_in(pat)
    assert "Only me" not in text_of(browser.get(PAGE))  # he decides nothing himself
    browser.post(PAGE, {"name": "Shared", "text": TEXT, "policy": policy.pk})
    assert SavedReason.objects.get().policy == policy
    page = text_of(signed_in(rita).get(PAGE))
    assert ">Shared by the owners of Opus 3</h2>" in page
    assert "Change or delete" not in page
    wrong = signed_in(rita).post(PAGE, {"name": "x", "text": "x", "policy": policy.pk})
    assert SavedReason.objects.filter(policy=policy).count() == 1
    assert wrong.status_code == 302  # her form has no such field: it is her own


def test_change_and_delete(own: SavedReason, rita: User) -> None:
    browser = signed_in(rita)
    browser.post(change_page(own), {"name": "New", "text": "Anew."})
    own.refresh_from_db()
    assert (own.name, own.text) == ("New", "Anew.")
    wrong = browser.post(change_page(own), {"name": "", "text": "Anew."})
    assert (wrong.status_code, "This field is required." in text_of(wrong)) == (422, True)
    browser.post(change_page(own), {"delete": "yes"})
    assert not SavedReason.objects.exists()


def test_nobody_sees_what_others_save_for_themselves(own: SavedReason, sam: User) -> None:
    ada = User.objects.create_superuser("ada@example.org", "")
    for who in (sam, ada):
        browser = signed_in(who)
        assert TEXT[:12] not in text_of(browser.get(PAGE))
        assert browser.get(change_page(own)).status_code == 404
        browser.post(change_page(own), {"delete": "yes"})
    assert SavedReason.objects.get() == own


def test_shared_one_is_changed_by_owners_alone(shared: SavedReason, rita: User) -> None:
    answer = signed_in(rita).post(change_page(shared), {"delete": "yes"})
    assert answer["Location"] == PAGE
    assert SavedReason.objects.get() == shared


def test_page_says_who_saves_them_to_everybody_else(policy: Policy, zoe: User) -> None:
    page = text_of(signed_in(zoe).get(PAGE))
    assert "Only reviewers and policies' owners save reasons." in page
    assert 'name="text"' not in page


def test_decision_offers_own_ones_then_the_policys(
    own: SavedReason, shared: SavedReason, stage: Stage, rita: User, sam: User
) -> None:
    def named(who: User) -> list[str]:
        page = seen(who, stage.access_request)
        return re.findall(r"<option data-text=[^>]*> ?([^<]*?) ?<", page)

    assert [named(who) for who in (rita, sam)] == [["Own", "Shared"], ["Shared"]]
    page = seen(rita, stage.access_request)
    assert 'data-text="Which prompts are &lt;used&gt;?"' in page
    votes.approve(stage, by=rita, reason="Yes.", shown=stage.revision.digest())
    assert named(rita) == []


def test_decision_offers_any_number_by_one_query(
    stage: Stage, rita: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    browser = signed_in(rita)
    for number in range(20):
        saved_reasons.add(by=rita, name=f"{number}", text=TEXT)
    with django_assert_num_queries(PAGE_QUERIES):
        browser.get(page_of(stage.access_request))
