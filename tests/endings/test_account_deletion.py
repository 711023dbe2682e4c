"""Deleting one's account: everything ends, the chains verify, and nothing personal is left."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.models import Group
from django.core import mail
from django.db import connection
from django.test import Client
from django.utils import timezone
from psycopg import sql

from lifecycle.catalogue.models import AIModel
from lifecycle.people import profiles
from lifecycle.people.models import User
from requests_app import tasks
from requests_app.actions.endings import account_deletion
from requests_app.actions.keys import service_tokens
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.actions.requests import invitations, requests
from requests_app.actions.review import delegations, votes
from requests_app.models import BulkRevocation, Event, Key, Notice, Policy, ServiceToken, Stage
from requests_app.refusals import NotAllowed
from requests_app.transitions import audit_chain
from tests.conftest import PASSWORD, ask_for
from tests.support import accepted_collaborators
from tests.support.authenticator import code, sign_in, with_app
from tests.support.page_client import Browser, assert_nothing_inline, page, with_verified_email
from tests.support.sample_files import attached

pytestmark = pytest.mark.django_db

HERS = ("alice@example.org", "Alice", "Institute of Secrets", "0000-0002-1825-0097", "JBSWY3")


@pytest.fixture
def known(alice: User) -> User:
    """With everything that a profile can hold."""
    profiles.update_profile(
        alice, full_name="Alice", institution="Institute of Secrets", orcid=HERS[3], country="CH"
    )
    profiles.note_orcid(alice, HERS[3])
    SocialAccount.objects.create(
        user=alice, provider="orcid", uid=HERS[3], extra_data={"name": "Alice"}
    )
    return with_app(alice)


def places(*words: str) -> set[str]:
    """Tables with a row in which one of the words can be read, with that word."""
    count = sql.SQL("SELECT count(*) FROM {} AS row WHERE row::text ILIKE %s")
    found = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            for word in words:
                cursor.execute(count.format(sql.Identifier(table)), [f"%{word}%"])
                if cursor.fetchone()[0]:
                    found.add(f"{table}: {word}")
    return found


def test_depart_ends_everything_and_leaves_the_chain_whole(
    claimed: ClaimedKey, known: User
) -> None:
    ending = account_deletion.delete_account(known, by=known)
    key = Key.objects.get()
    assert (key.state, key.grant.state) == ("revoked", "revoked")
    assert key.refused_from == ending.at
    assert (ending.keys, ending.by, ending.name) == ([key.public_id], known, f"person-{known.pk}")
    assert not list(audit_chain.problems())
    assert Event.objects.filter(kind="access.ended", actor=known).exists()


def test_depart_leaves_nothing_personal_but_the_institution(
    claimed: ClaimedKey, known: User
) -> None:
    browser = Browser()
    sign_in(known, browser)
    browser.post("/accounts/2fa/authenticate/", {"code": code()})
    assert len(places(*HERS)) > 5
    account_deletion.delete_account(known, by=known)
    shared = "people_institution: Institute of Secrets"  # others choose it from a list
    sent = "requests_app_revision: Alice"  # what was decided about
    assert places(*HERS) == {shared, sent}
    known.refresh_from_db()
    assert str(known) == "Deleted person"
    assert not known.has_usable_password()


def test_depart_withdraws_and_forgets_drafts_but_not_what_was_sent(
    stage: Stage, alice: User, opus: AIModel, policy: Policy
) -> None:
    """What reviewers were asked about stays as it was."""
    requests.withdraw(stage.access_request, by=alice)
    draft = requests.save(ask_for(opus, purpose="A thought that nobody read."), by=alice)
    assert draft.revision.attested
    attached(draft, alice, "My ailment.txt")
    assert places("ailment")
    account_deletion.delete_account(alice, by=alice)
    assert not places("ailment")
    draft.refresh_from_db()
    assert (draft.state, draft.revision.purpose, draft.revision.team) == ("withdrawn", "", "")
    assert stage.access_request.revision.purpose == "Compare refusals."
    assert not list(audit_chain.problems())


def test_depart_ends_permissions_tokens_and_delegations(
    rita: User, sam: User, reviewers: Group, stage: Stage
) -> None:
    now, ada = timezone.now(), User.objects.create_superuser("ada@example.org", "", full_name="Ada")
    end = now + timedelta(days=9)
    service_tokens.create("Robot", owner=rita, permissions=["read"], expires_at=end, by=ada)
    lent = delegations.delegate(sam, by=rita, starts_at=now, ends_at=end)
    account_deletion.delete_account(rita, by=rita)
    rita.refresh_from_db()
    assert (rita.is_staff, rita.is_active, rita.groups.count()) == (False, False, 0)
    assert ServiceToken.objects.get().revoked_by == rita
    lent.refresh_from_db()
    assert lent.ended_at


def test_depart_mails_the_old_address_once_and_nothing_after(
    claimed: ClaimedKey, alice: User, mailoutbox: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        ending = account_deletion.delete_account(alice, by=alice)
    (mail,) = [mail for mail in mailoutbox if mail.to == ["alice@example.org"]]
    assert mail.subject == "Your account was deleted"
    assert ending.public_id in mail.body
    assert ending.public_id in mail.alternatives[0].content
    assert not Notice.objects.filter(recipient=alice, sent_at=None, dropped_at=None).exists()


def test_depart_refuses_others_and_the_only_superuser(alice: User, bob: User) -> None:
    with pytest.raises(NotAllowed, match="Only the account's owner"):
        account_deletion.delete_account(alice, by=bob)
    ada = User.objects.create_superuser("ada@example.org", "", full_name="Ada")
    with pytest.raises(NotAllowed, match="only superuser"):
        account_deletion.delete_account(ada, by=ada)
    assert not BulkRevocation.objects.exists()


def test_address_is_free_again(alice: User, client: Client) -> None:
    account_deletion.delete_account(alice, by=alice)
    assert not EmailAddress.objects.exists()
    User.objects.create_user("alice@example.org", PASSWORD, full_name="Alice again")


def asked(browser: Browser) -> Any:
    """The page, after the password that it takes."""
    first = browser.get("/account/delete/")
    assert first["Location"].startswith("/accounts/reauthenticate/")
    return browser.post(first["Location"], {"password": PASSWORD}, follow=True)


def test_delete_page_says_what_ends_and_what_stays_and_then_does_it(
    claimed: ClaimedKey, alice: User
) -> None:
    browser = Browser()
    sign_in(alice, browser)
    shown = asked(browser)
    assert_nothing_inline(shown)
    for sentence in ("One grant ends.", "One key stops working", "identifies you only by a number"):
        assert sentence in page(shown)
    slip = browser.post("/account/delete/", {"typed": "alice"})
    assert slip.status_code == 422
    assert User.objects.get(pk=alice.pk).is_active
    done = browser.post("/account/delete/", {"typed": "Alice@example.org "})
    assert re.search(r"Reference: end_\w{16}", page(done))
    assert browser.get("/requests/").status_code == 302
    assert sign_in_again(alice) == 200


def sign_in_again(alice: User) -> int:
    typed = {"login": "alice@example.org", "password": PASSWORD}
    return Client().post("/accounts/login/", typed).status_code


def test_delete_by_post_alone_takes_the_password_too(alice: User) -> None:
    browser = Browser(alice)
    refused = browser.post("/account/delete/", {"typed": alice.email})
    assert refused["Location"].startswith("/accounts/reauthenticate/")
    assert User.objects.get(pk=alice.pk).is_active


def test_keys_of_people_one_shares_with_end_and_they_are_told(
    claimed: ClaimedKey, alice: User, bob: User
) -> None:
    Key.objects.update(holder=bob)
    account_deletion.delete_account(alice, by=alice)
    assert Key.objects.get().state == "revoked"
    assert Notice.objects.filter(recipient=bob, template="access_ended", dropped_at=None).exists()


@pytest.mark.parametrize("returned", [False, True], ids=["a draft", "a returned text"])
def test_what_others_write_goes_on_without_whoever_leaves(
    policy: Policy, opus: AIModel, alice: User, bob: User, rita: User, returned: bool
) -> None:
    with_verified_email(bob)
    row = requests.save(ask_for(opus), by=alice)
    invitations.accept(invitations.invite(row, bob.email, by=alice), by=bob, terms=1)
    if returned:
        requests.submit(row, by=alice)
        stage = row.stages.get()
        shown = stage.revision.digest()
        votes.ask_for_changes(stage, by=rita, reason="Which ones?", shown=shown)
    mail.outbox.clear()
    account_deletion.delete_account(bob, by=bob)
    tasks.send_notices()
    row.refresh_from_db()
    assert not row.revision.collaborators.exists()
    requests.change(row, by=alice, purpose="Compare even more refusals.")
    browser = Browser(alice)
    assert "forgotten.invalid" not in page(browser.get(f"/requests/{row}/people/"))
    assert browser.post(f"/requests/{row}/submit/").status_code == 302
    told = [message for message in mail.outbox if message.to == [alice.email]]
    assert any("A collaborator whom you invited has left" in each.subject for each in told)
    assert not [message for message in mail.outbox if "invalid" in "".join(message.to)]
    assert not list(audit_chain.problems())


def test_draft_that_names_somebody_without_inviting_them_goes_on_too(
    policy: Policy, opus: AIModel, alice: User, bob: User
) -> None:
    row = accepted_collaborators.save(replace(ask_for(opus), collaborators=(bob.email,)), by=alice)
    account_deletion.delete_account(bob, by=bob)
    assert not row.revision.collaborators.exists()
    assert requests.submit(row, by=alice).state == "in_review"
