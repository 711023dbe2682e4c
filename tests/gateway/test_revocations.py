"""Whatever takes access away is waited for: every action is tried, and the check is asked."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from lifecycle.catalogue.models import AIModel
from requests_app.actions.keys import keys
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.gateway.decision import Allowed, decide
from requests_app.gateway.lookup import KEY, key_row
from requests_app.models import Collaborator, Grant, Key, RequestedModel
from requests_app.states import GrantState
from requests_app.transitions import gateway_barrier
from tests.project.test_action_discipline import CASES, IN_GRID, OTHERS, Case, Get
from tests.support.event_kinds import event_kinds
from tests.support.revocations import WAYS
from tests.voice.conftest import ed, essay, essay_policy, example, series, una

__all__ = ["ed", "essay", "essay_policy", "example", "series", "una"]  # fixtures

pytestmark = pytest.mark.django_db

Reach = Mapping[tuple[int, str, str], datetime]
# Access by a standing rule, when its holder is no longer a member.
ENDING_STANDING = {
    *("remove from a list", "recheck a member", "note a sign-in", "end unsupported access"),
}
# Of test_action_discipline's cases, those after which something is refused, or ends sooner.
TAKING = {
    *(("grant", act) for act in ("shorten", "end", "revoke", "suspend", "leave", "remove")),
    *(("key", act) for act in ("rotate", "revoke", "revoke_reported")),
    *("end everything", "depart", "withdraw a model"),
    *ENDING_STANDING,
}
# They take away what the row itself says is over; the tests let the clock run ahead for them.
BY_THE_CLOCK = {("grant", "end_due"), ("grant", "suspend_unconfirmed"), ("key", "retire")}

# They are about a grant before it has a key.
WITHOUT_KEYS = {("grant", "claim"), ("grant", "lapse")}


def reach(now: datetime) -> Reach:
    """What the check lets pass at `now`: key, model and operation, and until when."""
    found = {}
    for key in Key.objects.all():
        with connection.cursor() as cursor:
            cursor.execute(KEY, [[bytes(key.digest)]])
            columns = cursor.fetchone()
        row = key_row([*columns[:15], columns[15] or (), *columns[16:]])
        for model in row.models:
            for operation in row.operations:
                decision = decide(row, now, model, operation, "192.0.2.1")
                if isinstance(decision, Allowed):
                    found[key.pk, model, operation] = decision.ends_at
    return found


def is_less(after: Reach, before: Reach) -> bool:
    return any(what not in after or after[what] < until for what, until in before.items())


def is_waited_for() -> bool:
    return gateway_barrier._wait in [waiting[1] for waiting in connection.run_on_commit]


def give_keys(name: Any, get: Get) -> None:
    """Where the case has none, to whoever may have one."""
    if name in OTHERS and OTHERS[name][2] == "policy" or name == ("policy version", "publish"):
        get("claimed")
    if name in {("grant", "leave"), ("grant", "remove")}:
        Collaborator.objects.update(accepted_at=datetime.now(UTC))
        keys.claim(Grant.objects.get(), by=get("bob"))
    elif name in ENDING_STANDING or name in IN_GRID and name not in WITHOUT_KEYS:
        for grant in Grant.objects.filter(state=GrantState.ACTIVE, keys=None):
            keys.claim(grant, by=grant.holder)


@pytest.mark.parametrize("name", CASES, ids=str)
def test_every_action_after_which_the_check_lets_pass_less_is_waited_for(
    name: Any, request: pytest.FixtureRequest
) -> None:
    case = Case(name, request.getfixturevalue)
    give_keys(name, request.getfixturevalue)
    now = datetime.now(UTC)
    before = reach(now)
    connection.run_on_commit.clear()
    case.act()
    is_taking = is_less(reach(now), before)
    assert is_taking == (name in TAKING | BY_THE_CLOCK)
    assert is_waited_for() == (name in TAKING)


# Of sweeps, and of keys that nobody has seen.
NOBODY_IS_ANSWERED = {"key.expired", "key.confirmed", "key.failed"}
# They take nothing away, and are waited for all the same.
WITHOUT_EFFECT_ON_KEYS = {"requester.institution_changed", "reviewer.institution_changed"}


def test_every_kind_of_event_that_takes_away_has_a_way_in_the_test_of_the_promise() -> None:
    found = event_kinds()
    assert (
        found >= gateway_barrier.HARMLESS_EVENTS | gateway_barrier.HARMLESS_BY_THE_CLOCK
    )  # none is a slip
    taking = {kind for kind in found if gateway_barrier.reduces_access(kind, by_the_clock=False)}
    assert taking - NOBODY_IS_ANSWERED - WITHOUT_EFFECT_ON_KEYS == {
        kind for way in WAYS.values() for kind in way.kinds
    }


@pytest.mark.parametrize("moment", [None, "2999-01-01T00:00Z"])
def test_withdrawal_is_neither_taken_back_nor_put_off_in_the_database(
    opus: AIModel, moment: str | None
) -> None:
    AIModel.objects.update(withdrawn_at=datetime(2998, 1, 1, tzinfo=UTC))
    with pytest.raises(IntegrityError, match="never taken back"), transaction.atomic():
        AIModel.objects.update(withdrawn_at=moment)
    AIModel.objects.update(withdrawn_at=datetime(2997, 1, 1, tzinfo=UTC))


def editable(page: Any) -> set[str]:
    forms = [page.context["adminform"].form]
    forms += [inline.formset.empty_form for inline in page.context["inline_admin_formsets"]]
    return {f"{form._meta.model.__name__}.{name}" for form in forms for name in form.fields}


def test_catalogue_form_edits_nothing_that_an_action_owns_or_keys_hang_on(
    opus: AIModel, claimed: ClaimedKey, admin_client: Client
) -> None:
    assert RequestedModel.objects.filter(ai_model=opus).exists()
    page = f"/admin/catalogue/aimodel/{opus.pk}/change/"
    assert not editable(admin_client.get(page)) & {"AIModel.withdrawn_at", "AIModel.identifier"}
    assert "AIModel.identifier" in editable(admin_client.get("/admin/catalogue/aimodel/add/"))
