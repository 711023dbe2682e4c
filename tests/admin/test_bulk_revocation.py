"""Ending everything on the review desk: preview, the name typed, the receipt."""

from typing import Any

import pytest

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.models import BulkRevocation, Grant, Policy
from tests.support.desk_client import signed_in, text_of

pytestmark = pytest.mark.django_db

PAGE = "/admin/requests_app/bulkrevocation/"


def sent(**changed: str) -> dict[str, str]:
    return {"reason": "Shared the key.", "typed": "alice@example.org", **changed}


def test_preview_says_how_much_would_end(claimed: ClaimedKey, ada: User, alice: User) -> None:
    shown = text_of(signed_in(ada).get(f"{PAGE}person/{alice.pk}/"))
    assert "<dt>Grants</dt><dd>1</dd></div><div><dt>Keys</dt><dd>1</dd>" in shown
    assert "<dt>People notified</dt><dd>1</dd>" in shown
    assert claimed.key.grant.public_id in shown
    assert "no longer in good standing" in shown
    assert "To confirm, enter: alice@example.org</label>" in shown
    assert Grant.objects.get().state == "active"


def test_confirmed_ending_shows_its_receipt(claimed: ClaimedKey, ada: User, alice: User) -> None:
    answer = signed_in(ada).post(f"{PAGE}person/{alice.pk}/", sent(), follow=True)
    shown, ending = text_of(answer), BulkRevocation.objects.get()
    for text in (ending.public_id, claimed.key.public_id, claimed.key.grant.public_id):
        assert text in shown
    assert f"{ending.at:%-d %b %Y, %H:%M:%S}</time>" in shown


@pytest.mark.parametrize(("changed", "sentence"), [
    ({"typed": "Alice"}, "Enter: alice@example.org"),
    ({"typed": ""}, "This field is required."),
    ({"reason": " "}, "Give a reason."),
])  # fmt: skip
def test_nothing_ends_without_the_name_and_a_reason(
    changed: dict[str, str], sentence: str, claimed: ClaimedKey, ada: User, alice: User
) -> None:
    answer = signed_in(ada).post(f"{PAGE}person/{alice.pk}/", sent(**changed))
    assert answer.status_code == 422
    assert sentence in text_of(answer)
    assert not BulkRevocation.objects.exists()


def test_pages_are_closed_to_others(
    claimed: ClaimedKey, opus: AIModel, policy: Policy, alice: User, rita: User, ada: User
) -> None:
    for who, place in ((rita, f"person/{alice.pk}/"), (rita, f"model/{opus.pk}/"),
                       (rita, f"policy/{policy.pk}/"), (ada, f"policy/{policy.pk}/")):  # fmt: skip
        assert signed_in(who).get(PAGE + place).status_code == 403
        assert signed_in(who).post(PAGE + place, sent()).status_code == 403
    assert not BulkRevocation.objects.exists()


def test_owner_ends_a_policy_and_sees_the_receipt_and_rita_does_not(
    claimed: ClaimedKey, policy: Policy, pat: User, lee: User, rita: User
) -> None:
    signed_in(pat).post(f"{PAGE}policy/{policy.pk}/", sent(typed=policy.name))
    receipt = f"{PAGE}{BulkRevocation.objects.get().pk}/change/"
    assert signed_in(lee).get(receipt).status_code == 200
    assert signed_in(rita).get(receipt).status_code == 404


def link_on(page: str, who: User) -> Any:
    return signed_in(who).get(page).content.decode()


def test_the_pages_of_what_can_end_lead_there(
    opus: AIModel, policy: Policy, alice: User, ada: User, pat: User, rita: User
) -> None:
    for page, kind, pk in (("people/user", "person", alice.pk),
                           ("catalogue/aimodel", "model", opus.pk)):  # fmt: skip
        assert f"{PAGE}{kind}/{pk}/" in link_on(f"/admin/{page}/{pk}/change/", ada)
    page = f"/admin/requests_app/policy/{policy.pk}/change/"
    assert f"{PAGE}policy/{policy.pk}/" in link_on(page, pat)
    assert f"{PAGE}policy/{policy.pk}/" not in link_on(page, rita)
