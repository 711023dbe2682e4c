"""Every gateway process refuses a key of standing access once its membership's end is answered."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.models import Group

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app import tasks
from requests_app.actions.keys import keys
from requests_app.actions.standing import access, lists, rules
from requests_app.models import Grant, StandingRule
from tests.admin.test_people import form_of
from tests.conftest import confirmed
from tests.gateway.test_revocation_promise import wait_for_counts
from tests.standing.conftest import PROVIDER, Publish, identity
from tests.support.desk_client import signed_in
from tests.support.gateway_processes import gateways, listening
from tests.support.hammer import generate_load, revoke_under_load
from tests.support.worker_processes import database_under_test, wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.stack]


@pytest.fixture(scope="module")
def two(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    with gateways(2, tmp_path_factory.mktemp("gateways"), database_under_test()) as urls:
        yield urls


KINDS = {
    "group": {},
    "list": {"kind": "list", "group": None},
    "claim": {
        "kind": "claim",
        "group": None,
        "claim_provider": PROVIDER,
        "claim_name": "groups",
        "claim_value": "ai-lab",
    },
}


def the(name: str) -> User:
    return User.objects.get(email=f"{name}@example.org")


def expel_on_the_desk() -> None:
    alice, ada = the("alice"), User.objects.create_superuser("ada@example.org", "", full_name="Ada")
    page = f"/admin/people/user/{alice.pk}/change/"
    assert signed_in(ada).post(page, form_of(alice)).status_code == 302


def expel_and_sweep() -> None:
    Group.objects.get(name="Opus lab").user_set.clear()
    assert tasks.end_standing_access() == 1


def sign_in_without_the_claim() -> None:
    SocialAccount.objects.update(extra_data={"userinfo": {"sub": "1"}, "id_token": {"sub": "1"}})
    assert access.note_sign_in(the("alice")) == 1


def let_the_sign_in_age() -> None:
    """No sweep runs here: the time alone refuses."""
    end = datetime.now(UTC) + timedelta(seconds=0.3)
    Grant.objects.update(member_until=end)
    wait_until(lambda: datetime.now(UTC) >= end, what="the age of the sign-in")


WAYS: dict[str, tuple[str, Callable[[], object]]] = {
    "the group's page": ("group", expel_on_the_desk),
    "the sweep": ("group", expel_and_sweep),
    "the rule's end": (
        "group",
        lambda: rules.end(StandingRule.objects.get(), by=the("pat"), reason="It is over."),
    ),
    "the list": (
        "list",
        lambda: lists.remove(StandingRule.objects.get(), ["alice@example.org"], by=the("pat")),
    ),
    "a sign-in": ("claim", sign_in_without_the_claim),
    "the sign-in's age": ("claim", let_the_sign_in_age),
}


@pytest.mark.parametrize("way", WAYS)
def test_no_process_says_yes_after_the_membership_ended(
    two: list[str],
    publish: Publish,
    provider: None,
    opus: AIModel,
    alice: User,
    pat: User,
    way: str,
) -> None:
    kind, act = WAYS[way]
    rule = publish(**KINDS[kind])
    confirmed(alice)
    identity(alice, groups="ai-lab")
    if kind == "list":
        lists.add(rule, [alice.email], by=pat)
    claimed = keys.claim(access.start(rule, by=alice, accepts=True), by=alice)
    headers = {"x-api-key": claimed.secret, "X-Emeritus-Model": opus.identifier}
    wait_until(lambda: listening() >= 2, what="both processes' listening")
    with generate_load(two, headers) as hammer:
        found = revoke_under_load(hammer, act)
    assert (found.late, hammer.errors) == (0, [])
    wait_for_counts(hammer)
