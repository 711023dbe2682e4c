"""Ending access by the API: preview, exactly that, receipt; and emergency grants."""

from typing import Any

import pytest

from lifecycle.people.models import User
from requests_app.actions.keys import keys
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.models import (
    AccessRequest,
    BreakGlass,
    BulkRevocation,
    Grant,
    Key,
    Policy,
    ReadLogEntry,
)
from requests_app.states import GrantState, KeyState
from tests.conftest import broken_by
from tests.support.api_client import API, OPUS, Api, problem_of
from tests.support.desk_client import member

pytestmark = pytest.mark.django_db

REASON = {"reason": "The project ended."}
REVOCATIONS, EMERGENCIES = f"{API}/revocations/", f"{API}/emergency-requests/"
WITHDRAWAL = f"{API}/policies/opus/withdrawal/"


def preview(who: User, kind: str, subject: str) -> Any:
    return Api(who).get(f"{REVOCATIONS}preview/", {"kind": kind, "subject": subject})


def revoke(who: User, kind: str, subject: str, tag: str, query: str = "") -> Any:
    body = {"kind": kind, "subject": subject, **REASON}
    return Api(who).post(f"{REVOCATIONS}{query}", body, headers={"If-Match": tag})


# Bulk revocations -------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "subject"), [
    ("person", "Alice@example.org"), ("policy", "opus"), ("model", OPUS),
])  # fmt: skip
def test_revocation_ends_what_its_preview_lists(
    claimed: ClaimedKey, ada: User, pat: User, kind: str, subject: str
) -> None:
    who = pat if kind == "policy" else ada
    seen = preview(who, kind, subject)
    listed = seen.json()
    grant = claimed.key.grant
    assert (listed["grants"], listed["keys"]) == ([grant.public_id], [claimed.key.public_id])
    tried = revoke(who, kind, subject, seen["ETag"], "?dry_run=true")
    assert (tried.status_code, Key.objects.get().state) == (201, KeyState.ACTIVE)
    done = revoke(who, kind, subject, seen["ETag"])
    receipt = done.json()
    assert [each["id"] for each in receipt["grants"]] == listed["grants"]
    assert (receipt["is_complete"], receipt["differs_from_preview"]) == (True, False)
    assert Grant.objects.get().state == GrantState.REVOKED
    assert Api(who).get(done["Location"]).json() == receipt
    (line,) = Api(who).get(REVOCATIONS).json()["results"]
    assert (line["kind"], line["reason"]) == (kind, "The project ended.")


def test_revocation_of_an_institution(claimed: ClaimedKey, ada: User) -> None:
    seen = preview(ada, "institution", "example UNIVERSITY")
    assert seen.json()["keys"] == [claimed.key.public_id]
    assert revoke(ada, "institution", "Example University", seen["ETag"]).status_code == 201


def test_revocation_needs_the_preview_that_counts(grant: Grant, alice: User, ada: User) -> None:
    old = preview(ada, "person", alice.email)["ETag"]
    keys.claim(grant, by=alice)
    problem_of(revoke(ada, "person", alice.email, old), 412)
    problem_of(revoke(ada, "person", alice.email, "*"), 428)
    body = {"kind": "person", "subject": alice.email, **REASON}
    problem_of(Api(ada).post(REVOCATIONS, body), 428)
    assert not BulkRevocation.objects.exists()


def test_revocation_is_for_superusers_and_owners(
    claimed: ClaimedKey, alice: User, rita: User, pat: User, ada: User
) -> None:
    for who in (rita, pat):  # and nobody learns whether there is such an account
        for email in (alice.email, "nobody@example.org"):
            refused = problem_of(preview(who, "person", email), 403)
            assert refused["detail"] == "Only a superuser in good standing can do this."
            problem_of(revoke(who, "person", email, '"x"'), 403)
    for who in (rita, ada):
        problem_of(preview(who, "policy", "opus"), 403)
    problem_of(preview(ada, "person", "nobody@example.org"), 422)
    problem_of(preview(ada, "person", ada.email), 403)
    problem_of(preview(alice, "person", alice.email), 403)


def test_receipt_is_for_whom_it_concerns(claimed: ClaimedKey, ada: User, pat: User) -> None:
    done = revoke(ada, "model", OPUS, preview(ada, "model", OPUS)["ETag"])
    assert Api(pat).get(done["Location"]).json()["is_complete"] is False
    problem_of(Api(member("stranger")).get(done["Location"]), 404)


# Withdrawals ------------------------------------------------------------------------------------


def test_withdrawal_of_a_model(claimed: ClaimedKey, ada: User, pat: User, eve: User) -> None:
    seen = Api(ada).get(WITHDRAWAL, {"model": OPUS})
    listed = seen.json()
    assert (listed["people"], listed["grants"]) == (1, [claimed.key.grant.public_id])
    body, sent = {"model": OPUS, **REASON}, {"If-Match": seen["ETag"]}
    problem_of(Api(pat).post(WITHDRAWAL, body, headers=sent), 403)
    problem_of(Api(ada).post(WITHDRAWAL, body), 428)
    past = {**body, "at": "2020-01-01T00:00:00Z"}
    problem_of(Api(ada).post(WITHDRAWAL, past, headers=sent), 422)
    assert Api(ada).post(WITHDRAWAL, body, headers=sent).status_code == 200
    granted = claimed.key.grant.granted_models.get()
    assert granted.ai_model.withdrawn_at is not None
    problem_of(Api(ada).post(WITHDRAWAL, body, headers=sent), 409)


# Emergency grants -------------------------------------------------------------------------------


def test_emergency_grant_is_made_and_reviewed_by_others(
    in_review: AccessRequest, zoe: User, rita: User
) -> None:
    (line,) = Api(zoe).get(EMERGENCIES).json()["results"]
    place = f"{EMERGENCIES}{in_review.public_id}/"
    assert (line["id"], line["models"]) == (in_review.public_id, [OPUS])
    problem_of(Api(zoe).post(f"{place}grant/", REASON), 428)
    seen = Api(zoe).get(place)
    assert (seen.json()["purpose"], seen.json()["hours"]) == ("Compare refusals.", 24)
    assert ReadLogEntry.objects.filter(person=zoe).exists()
    made = Api(zoe).post(f"{place}grant/", REASON, headers={"If-Match": seen["ETag"]})
    assert (made.status_code, made.json()["verdict"]) == (201, None)
    shown = f"{API}/emergency-grants/{made.json()['grant']}/"
    verdict = {"verdict": "not_in_order", "reason": "It could have waited."}
    problem_of(Api(zoe).post(f"{shown}review/", verdict), 403)
    assert Api(rita).get(shown).json()["why_not_review"] is None
    done = Api(rita).post(f"{shown}review/", verdict).json()
    assert (done["verdict"], done["state"]) == ("not_in_order", "revoked")
    problem_of(Api(rita).post(f"{shown}review/", verdict), 409)


def test_emergency_grants_are_hidden_from_others(
    in_review: AccessRequest, zoe: User, rita: User, alice: User, policy: Policy
) -> None:
    assert Api(rita).get(EMERGENCIES).json()["results"] == []
    problem_of(Api(rita).get(f"{EMERGENCIES}{in_review.public_id}/"), 404)
    problem_of(Api(rita).post(f"{EMERGENCIES}{in_review.public_id}/grant/", REASON), 404)
    problem_of(Api(alice).get(EMERGENCIES), 403)
    grant = broken_by(zoe, in_review)
    stranger = Api(member("stranger"))
    assert stranger.get(f"{API}/emergency-grants/").json()["results"] == []
    problem_of(stranger.get(f"{API}/emergency-grants/{grant.public_id}/"), 404)
    assert BreakGlass.objects.count() == 1
