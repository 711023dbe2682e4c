"""Break-glass on the desk, the site and the API: two steps, the count, the mark; and races."""

from typing import Any

import pytest
from django.db import connection

from lifecycle.people.models import User
from requests_app.actions.review import break_glass, votes
from requests_app.models import AccessRequest, BreakGlass, Grant, Stage
from requests_app.refusals import Refusal
from tests.conftest import broken_by
from tests.support.api_client import Api, place
from tests.support.concurrency import at_once, one_won
from tests.support.desk_client import INDEX, page_of, signed_in, text_of
from tests.support.page_client import Browser

pytestmark = pytest.mark.django_db

PAGE = "/admin/requests_app/breakglass/"


def sent(access_request: AccessRequest, **more: str) -> dict[str, str]:
    return {"reason": "Abuse.", "shown": access_request.revision.digest(), **more}


def test_granting_takes_two_steps(in_review: AccessRequest, zoe: User) -> None:
    browser, address = signed_in(zoe), f"{PAGE}grant/{in_review.pk}/"
    assert address in browser.get(PAGE).content.decode()
    assert "Compare refusals." in text_of(browser.get(address))
    assert "Please confirm" in text_of(browser.post(address, sent(in_review)))
    assert not Grant.objects.exists()
    done = browser.post(address, sent(in_review, confirmed="yes"), follow=True)
    assert "What was granted" in text_of(done)
    assert Grant.objects.get().break_glass.by == zoe


def test_page_says_what_is_wrong(in_review: AccessRequest, zoe: User) -> None:
    browser, address = signed_in(zoe), f"{PAGE}grant/{in_review.pk}/"
    answer = browser.post(address, sent(in_review, reason=" "))
    assert (answer.status_code, "Describe the emergency" in text_of(answer)) == (422, True)
    stale = browser.post(address, sent(in_review, shown="old", confirmed="yes"))
    assert (stale.status_code, "has changed" in text_of(stale)) == (409, True)
    assert not Grant.objects.exists()


def test_page_is_for_the_named_only(
    in_review: AccessRequest, zoe: User, rita: User, ada: User
) -> None:
    for other in (rita, ada):
        browser = signed_in(other)
        assert "Grant emergency access" not in text_of(browser.get(PAGE))
        answer = browser.post(f"{PAGE}grant/{in_review.pk}/", sent(in_review, confirmed="yes"))
        assert answer.status_code == 404
    assert not Grant.objects.exists()


def test_first_page_counts_what_waits_and_the_review_clears_it(
    emergency_grant: BreakGlass, rita: User, zoe: User
) -> None:
    browser = signed_in(rita)
    text = text_of(browser.get(INDEX))
    assert "<strong>1</strong> emergency grant to review" in text
    assert f">Claude Opus 3 for {emergency_grant.grant.holder}</a>" in text
    assert "emergency grant to review" not in text_of(signed_in(zoe).get(INDEX))
    address = f"{PAGE}{emergency_grant.pk}/change/"
    answer = browser.post(address, {"verdict": "in_order", "words": "It was right."}, follow=True)
    assert "Justified</strong>, reviewed by Rita" in text_of(answer)
    assert "emergency grant to review" not in text_of(browser.get(INDEX))


def test_review_page_tells_why_not_and_refuses(
    emergency_grant: BreakGlass, zoe: User, eve: User
) -> None:
    browser, address = signed_in(zoe), f"{PAGE}{emergency_grant.pk}/change/"
    assert "You granted this yourself" in text_of(browser.get(address))
    answer = browser.post(address, {"verdict": "in_order", "words": "Fine."})
    assert (answer.status_code, BreakGlass.objects.get().verdict) == (403, "")
    User.objects.filter(pk=eve.pk).update(is_staff=True)
    assert signed_in(eve).get(address).status_code == 404


def test_mark_is_on_the_grant_everywhere(
    emergency_grant: BreakGlass, alice: User, pat: User
) -> None:
    site, desk = Browser(alice), signed_in(pat)
    for address in ("/access/", f"/access/{emergency_grant.grant}/"):
        assert "Emergency" in text_of(site.get(address))
    marks = {"": "(emergency)", f"{emergency_grant.grant_id}/change/": "granted immediately"}
    for address, mark in marks.items():
        assert mark in text_of(desk.get(f"/admin/requests_app/grant/{address}"))
    assert Api(alice).get(place(emergency_grant.grant)).json()["break_glass"] is True
    assert "Emergency access granted" in text_of(
        desk.get(page_of(emergency_grant.grant.access_request))
    )


def test_no_mark_on_ordinary_grants(grant: Grant, alice: User) -> None:
    assert "Emergency" not in text_of(Browser(alice).get(f"/access/{grant}/"))
    assert Api(alice).get(place(grant)).json()["break_glass"] is False


@pytest.mark.django_db(transaction=True)
def test_vote_and_break_glass_at_once_grant_once(
    stage: Stage, zoe: User, rita: User, sam: User
) -> None:
    shown = stage.revision.digest()
    acts: list[Any] = [
        lambda: votes.approve(stage, by=rita, reason="Yes.", shown=shown),
        lambda: votes.deny(stage, by=sam, reason="No.", shown=shown),
        lambda: broken_by(zoe, stage.access_request),
        lambda: broken_by(zoe, stage.access_request),
    ]
    results = at_once(*acts)
    assert one_won(results), results
    assert Grant.objects.count() == (0 if not isinstance(results[1], Refusal) else 1)


@pytest.mark.django_db(transaction=True)
def test_two_reviews_at_once_leave_one_verdict(
    emergency_grant: BreakGlass, rita: User, pat: User
) -> None:
    assert one_won(
        at_once(
            lambda: break_glass.review(emergency_grant, by=rita, verdict="in_order", words="Fine."),
            lambda: break_glass.review(
                emergency_grant, by=pat, verdict="not_in_order", words="No."
            ),
        )
    )
    connection.close()
    row = BreakGlass.objects.get()
    assert (row.verdict == "in_order") == (row.grant.state == "active")
