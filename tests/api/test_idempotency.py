"""Calls that are repeated after a lost answer: each acts once, whatever dies in between."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from cryptography.fernet import InvalidToken
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from lifecycle.people.models import User
from requests_app.actions import stored_answers
from requests_app.actions.endings import account_deletion
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.models import AccessRequest, Event, Grant, Key, Policy, ServiceToken, StoredAnswer
from tests.api.test_oauth import make
from tests.support.api_client import API, OPUS, Api, place, problem_of, text_of
from tests.support.concurrency import at_once

pytestmark = pytest.mark.django_db

KEY = "8e03978e-40d5-43dd-bc93-6894a57f9324"
OTHER = "d2b9c1e4-0000-4000-8000-000000000000"


def post(api: Api, path: str, body: Any = None, key: str = KEY) -> Any:
    return api.post(path, body or {}, headers={"Idempotency-Key": key})


def type_of(answer: Any, status: int) -> str:
    return str(problem_of(answer, status)["type"]).partition("/problems/#")[2]


def test_repeated_call_acts_once_and_gets_the_same_answer(policy: Policy, alice: User) -> None:
    api, body = Api(alice), text_of(OPUS)
    first, again = (post(api, f"{API}/requests/", body) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert first["Location"] == again["Location"]
    assert "Idempotency-Replayed" not in first
    assert again["Idempotency-Replayed"] == "true"
    assert AccessRequest.objects.count() == 1


def test_quoted_key_is_the_same_key(draft: AccessRequest, alice: User) -> None:
    path = place(draft, "withdraw")
    assert "Idempotency-Replayed" not in post(Api(alice), path)
    assert post(Api(alice), path, key=f'"{KEY}"')["Idempotency-Replayed"] == "true"


def test_key_with_another_body_is_refused(policy: Policy, alice: User) -> None:
    api = Api(alice)
    post(api, f"{API}/requests/", text_of(OPUS))
    changed = post(api, f"{API}/requests/", text_of(OPUS, purpose="Another."))
    assert type_of(changed, 422) == "idempotency-key-reused"
    replaced = api.put(f"{API}/requests/", {}, headers={"Idempotency-Key": KEY})
    assert replaced.status_code == 405


def test_key_counts_for_one_caller_and_path(grant: Grant, alice: User, pat: User) -> None:
    path = place(grant, "suspend")
    assert post(Api(pat), path, {"reason": "A leak."}).status_code == 200
    assert type_of(post(Api(alice), path, {"reason": "A leak."}), 403) == "not-allowed"
    assert post(Api(pat), place(grant, "resume"), {"reason": "Mended."}).status_code == 200
    assert Grant.objects.get().state == "active"


@pytest.mark.parametrize("key", ["short", "a" * 256, "with a space in it", "ümlaut-ümlaut-ümlaut"])
def test_key_that_is_none_is_refused_at_its_name(
    draft: AccessRequest, alice: User, key: str
) -> None:
    problem = problem_of(post(Api(alice), place(draft, "withdraw"), key=key), 400)
    assert list(problem["errors"]) == ["Idempotency-Key"]
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_refusal_is_answered_again_even_if_it_would_not_be_one_now(
    draft: AccessRequest, alice: User
) -> None:
    api = Api(alice)
    assert api.put(place(draft), text_of(OPUS, purpose="")).status_code == 200
    refused = post(api, place(draft, "submit"))
    assert api.put(place(draft), text_of(OPUS)).status_code == 200
    again = post(api, place(draft, "submit"))
    assert (refused.status_code, again.content) == (422, refused.content)
    assert again["Content-Type"] == "application/problem+json"
    assert post(api, place(draft, "submit"), key=OTHER).status_code == 200


def test_refusal_for_lack_of_rights_is_not_kept(grant: Grant, alice: User, policy: Policy) -> None:
    path, body = place(grant, "suspend"), {"reason": "A leak."}
    assert post(Api(alice), path, body).status_code == 403
    alice.groups.add(policy.owners)
    assert "Idempotency-Replayed" not in post(Api(alice), path, body)


def test_failure_undoes_the_act_and_keeps_nothing(
    policy: Policy, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process dies after the act and before its answer is stored."""

    def die(*_: Any, **__: Any) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(stored_answers, "_store", die)
        with pytest.raises(SystemExit):
            post(Api(alice), f"{API}/requests/", text_of(OPUS))
    assert not AccessRequest.objects.exists()
    assert not Event.objects.filter(kind="request.created").exists()
    retried = post(Api(alice), f"{API}/requests/", text_of(OPUS))
    assert (retried.status_code, "Idempotency-Replayed" in retried) == (201, False)


def test_call_without_a_person_ignores_the_key(claimed: ClaimedKey) -> None:
    for _ in range(2):
        answer = post(Api(), f"{API}/leaked-keys/", {"keys": ["nothing"]})
        assert (answer.status_code, "Idempotency-Replayed" in answer) == (204, False)
    assert not StoredAnswer.objects.exists()


# Secrets ----------------------------------------------------------------------------------------


def test_lost_secret_is_sent_again_for_ten_minutes(grant: Grant, alice: User) -> None:
    api, path, now = Api(alice), place(grant, "claim"), timezone.now()
    first = post(api, path)
    with time_machine.travel(now + timedelta(minutes=9, seconds=59)):
        again = post(api, path)
    assert again.json()["secret"] == first.json()["secret"]
    assert again["Cache-Control"] == "no-store"
    with time_machine.travel(now + timedelta(minutes=11)):
        late = post(api, path)
    assert type_of(late, 409) == "answer-not-kept"
    assert late.json()["made"] == first.json()["key"]["id"]
    assert Key.objects.count() == 1


def test_table_says_neither_secret_nor_key(grant: Grant, alice: User, settings: Settings) -> None:
    secret = post(Api(alice), place(grant, "claim")).json()["secret"]
    row = StoredAnswer.objects.get()
    stored = b" ".join(
        bytes(value) if isinstance(value, memoryview | bytes) else str(value).encode()
        for value in (getattr(row, field.attname) for field in row._meta.concrete_fields)
    )
    assert secret.encode() not in stored
    assert KEY.encode() not in stored
    settings.SECRET_KEY = "another " * 10
    again = stored_answers.Call(alice, f"user-{alice.pk}", place(grant, "claim"), KEY, b"")
    assert again.digest == bytes(row.digest)
    with pytest.raises(InvalidToken):
        again.box.decrypt(bytes(row.content))


def test_two_rotations_after_two_lost_answers(claimed: ClaimedKey, alice: User) -> None:
    api, path = Api(alice), f"{API}/keys/{claimed.key.public_id}/rotate/"
    lost, again = post(api, path), post(api, path)
    assert lost.json()["secret"] == again.json()["secret"]
    second = [post(api, path, key=OTHER) for _ in range(2)]
    assert second[0].json()["secret"] == second[1].json()["secret"] != lost.json()["secret"]
    assert Key.objects.count() == 3
    assert Key.objects.filter(state="active").count() == 1


def test_claim_whose_process_died_makes_no_second_key(
    grant: Grant, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It isn't one transaction, as other gateways are called in between."""
    with monkeypatch.context() as patch:
        patch.setattr(stored_answers, "_store", lambda *_, **__: 1 / 0)
        lost = post(Api(alice, raise_request_exception=False), place(grant, "claim"))
    assert lost.status_code == 500
    assert type_of(post(Api(alice), place(grant, "claim")), 409) == "wrong-state"
    assert Key.objects.count() == 1


def test_sweep_removes_secrets_after_ten_minutes_and_rows_after_a_day(
    grant: Grant, alice: User
) -> None:
    api, now = Api(alice), timezone.now()
    post(api, place(grant, "claim"))
    assert stored_answers.sweep(now + timedelta(minutes=9)) == 0
    assert stored_answers.sweep(now + timedelta(minutes=11)) == 1
    assert StoredAnswer.objects.get().content is None
    assert stored_answers.sweep(now + timedelta(hours=25)) == 1
    assert not StoredAnswer.objects.exists()


def test_key_is_free_again_after_a_day(draft: AccessRequest, alice: User) -> None:
    now = timezone.now()
    post(Api(alice), place(draft, "withdraw"))
    with time_machine.travel(now + timedelta(hours=25)):
        assert "Idempotency-Replayed" not in post(Api(alice), place(draft, "withdraw"))


def test_deleted_account_leaves_no_answer(draft: AccessRequest, alice: User) -> None:
    post(Api(alice), place(draft, "withdraw"))
    account_deletion.delete_account(alice, by=alice)
    assert not StoredAnswer.objects.exists()


def test_token_and_its_owner_are_two_callers(grant: Grant, alice: User) -> None:
    token = Api()
    secret = make("keys.claim").secret
    ServiceToken.objects.update(owner=alice)
    token.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    assert post(Api(alice), place(grant, "claim")).status_code == 201
    assert type_of(post(token, place(grant, "claim")), 409) == "wrong-state"


# At the same moment -----------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_retries_of_a_claim_at_once_make_one_key(grant: Grant, alice: User) -> None:
    calls: list[Callable[[], Any]] = [lambda: post(Api(alice), place(grant, "claim"))] * 3
    answers = at_once(*calls)
    keys = {answer.json()["key"]["id"] for answer in answers if answer.status_code == 201}
    assert len(keys) == Key.objects.count() == 1
    assert {type_of(one, 409) for one in answers if one.status_code != 201} <= {"call-in-progress"}
    assert sum("Idempotency-Replayed" not in one for one in answers if one.status_code == 201) == 1


@pytest.mark.django_db(transaction=True)
def test_call_is_told_to_wait_for_the_first_until_that_one_dies(
    draft: AccessRequest, alice: User
) -> None:
    call = stored_answers.Call(alice, f"user-{alice.pk}", place(draft, "withdraw"), KEY, b"")

    def die_while_running() -> Any:
        with connection.cursor() as cursor:
            cursor.execute(stored_answers.TRY_LOCK, [call.lock])
        return in_another_thread()

    def in_another_thread() -> Any:
        return at_once(lambda: post(Api(alice), place(draft, "withdraw")))[0]

    (waiting,) = at_once(die_while_running)  # its connection is closed after
    assert type_of(waiting, 409) == "call-in-progress"
    assert waiting["Retry-After"] == "1"
    assert post(Api(alice), place(draft, "withdraw")).status_code == 200


def test_file_as_the_body_is_taken_with_a_session_and_its_csrf_token(
    policy: Policy, pat: User, settings: Settings
) -> None:
    """Whose check has looked into the body before."""
    api, token = Api(pat, enforce_csrf_checks=True), "c" * 32
    api.cookies[settings.CSRF_COOKIE_NAME] = token
    headers = {"Idempotency-Key": "a key of this test".replace(" ", "-"), "X-CSRFToken": token}
    sent = api.generic("POST", f"{API}/policies/", "terms: 7", "application/yaml", headers=headers)
    problem_of(sent, 422)
