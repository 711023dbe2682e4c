"""What went wrong with requests and reviews elsewhere, one test each; the docstrings say where."""

import ast
import re
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from celery.schedules import schedule
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import Group
from django.core import mail
from django.db import IntegrityError, transaction
from django.db.models import DateTimeField, ProtectedError
from django.utils import timezone

from lifecycle.catalogue.models import AIModel
from lifecycle.config.celery import app
from lifecycle.config.env import ROOT
from lifecycle.people.models import User
from requests_app import tasks
from requests_app.actions import delegations, grants, policies, requests, reviews, stages
from requests_app.actions.keys import ClaimedKey
from requests_app.gateway.app import build
from requests_app.models import (
    AccessRequest,
    Event,
    Grant,
    Notice,
    Policy,
    PolicyStep,
    Stage,
    Vote,
)
from requests_app.rules import Invalid, NotAllowed, WrongState
from tests.api import Api, place, problem_of
from tests.conftest import ask_for, person
from tests.desk import LIST, decide, form_for, page_of, signed_in
from tests.gateway_fixtures import MODEL, SITE, ask
from tests.racing import at_once
from tests.stack import database_under_test

pytestmark = pytest.mark.django_db

Approve = Callable[[AccessRequest, User], Grant]


def shown(stage: Stage) -> str:
    return stage.revision.digest()


# Approved twice, too late, or by oneself ------------------------------------------------------


def test_approve_twice_grants_once(stage: Stage, rita: User, sam: User) -> None:
    """fivexl/terraform-aws-sso-elevator #47, #212; discord/access #468."""
    digest = shown(stage)
    reviews.approve(stage, by=rita, reason="Yes.", shown=digest)
    for again in (rita, sam):
        answer = decide(again, stage, "approve")
        assert answer.status_code in (403, 409)
        with pytest.raises((NotAllowed, WrongState)):
            reviews.approve(stage, by=again, reason="Yes.", shown=digest)
    assert Grant.objects.count() == 1
    assert Vote.objects.count() == 1


def test_expire_leaves_what_was_approved_just_before(stage: Stage, rita: User) -> None:
    """AWS TEAM: "expired" was written after a read, without a condition."""
    stale = Stage.objects.due_for_expiry(stage.due_at).ids()
    reviews.approve(stage, by=rita, reason="Yes.", shown=shown(stage))
    assert [reviews.expire(pk, now=stage.due_at) for pk in stale] == [False]
    assert AccessRequest.objects.get().state == "approved"


def test_approve_after_expiry_is_refused(stage: Stage, rita: User) -> None:
    """AWS TEAM; and a microsecond before the end it still counts."""
    with time_machine.travel(stage.due_at, tick=False), pytest.raises(WrongState):
        reviews.approve(stage, by=rita, reason="Late.", shown=shown(stage))
    with time_machine.travel(stage.due_at - timedelta(microseconds=1), tick=False):
        reviews.approve(stage, by=rita, reason="In time.", shown=shown(stage))
    assert AccessRequest.objects.get().state == "approved"


def test_request_has_one_deadline_and_no_second_to_drift_from_it(stage: Stage, rita: User) -> None:
    """gravitational/teleport #32226: two fields for one expiry drifted apart."""
    dates = {
        f"{model.__name__}.{field.name}"
        for model in (AccessRequest, Stage, Vote, PolicyStep)
        for field in model._meta.get_fields()
        if isinstance(field, DateTimeField) and ("due" in field.name or "expire" in field.name)
    }
    assert dates == {"Stage.due_at"}
    told = Event.objects.get(kind="stage.opened").details["due_at"]
    assert told == stage.due_at.isoformat()


def test_sweep_goes_on_after_its_first_failing_item(
    stage: Stage, bob: User, opus: AIModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """discord/access: one bad row stopped a sweep for good."""
    requests.save(ask_for(opus), by=bob, submit=True)
    real = stages.remind

    def remind(pk: int, **more: Any) -> bool:
        if pk == stage.pk:
            raise ValueError("a broken row")
        return real(pk, **more)

    monkeypatch.setattr(stages, "remind", remind)
    with time_machine.travel(stage.remind_at, tick=False):
        Stage.objects.update(remind_at=stage.remind_at)
        assert tasks.remind_stages() == 1


@pytest.fixture
def own(policy: Policy, opus: AIModel, rita: User, sam: User, reviewers: Group) -> Stage:
    """Rita's own request, which her own group reviews."""
    person("tom", staff=True).groups.add(reviewers)
    return requests.save(ask_for(opus), by=rita, submit=True).stages.get()


def test_approve_refuses_own_request_at_every_door(own: Stage, rita: User) -> None:
    """teleport #13416: the command line let people approve their own."""
    with pytest.raises(NotAllowed, match="your own request"):
        reviews.approve(own, by=rita, reason="Mine.", shown=shown(own))
    rita.is_superuser = True
    rita.save()
    answer = decide(rita, own, "approve")
    assert answer.status_code == 403  # discord/access: a refusal looked like success
    assert "your own request" in answer.content.decode()
    assert Api(rita).post(place(own.access_request, "approve"), {}).status_code == 404
    assert not Vote.objects.exists()


def test_approve_refuses_own_request_from_a_borrowed_place(
    own: Stage, rita: User, sam: User
) -> None:
    """teleport #13416, by another path: a delegation to the requester."""
    earlier = timezone.now() - timedelta(days=1)
    with time_machine.travel(earlier, tick=False):
        delegations.delegate(rita, by=sam, starts_at=earlier, ends_at=earlier + timedelta(days=9))
    with pytest.raises(NotAllowed, match="your own request"):
        reviews.approve(own, by=rita, reason="For Sam.", shown=shown(own))


def test_approve_counts_only_for_the_text_that_was_shown(
    stage: Stage, alice: User, opus: AIModel, sam: User, rita: User
) -> None:
    """CVE-2025-1969, AWS TEAM: a request that was changed kept its approval."""
    read = shown(stage)
    reviews.ask_for_changes(stage, by=sam, reason="Which?", shown=read)
    row = AccessRequest.objects.get()
    requests.save(ask_for(opus, days=180), by=alice, access_request=row, submit=True)
    changed = row.stages.open().get()
    with pytest.raises(WrongState, match="has changed since"):
        reviews.approve(changed, by=rita, reason="As read.", shown=read)
    assert not Grant.objects.exists()


# Who counts -----------------------------------------------------------------------------------


@pytest.mark.parametrize("quorum", [0, -1])
def test_publish_refuses_a_quorum_of_nothing(
    policy: Policy, reviewers: Group, pat: User, quorum: int
) -> None:
    """openbao #3666: a quorum that was missing or 0 let every request pass."""
    steps = [policies.Step("Anybody", reviewers, quorum=quorum)]
    with pytest.raises(Invalid):
        policies.draft(policy, policies.Text("Terms.", steps), by=pat)
    version = policies.draft(
        policy, policies.Text("Terms.", [policies.Step("One", reviewers)]), by=pat
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        PolicyStep.objects.filter(version=version).update(quorum=quorum)
    with pytest.raises(IntegrityError), transaction.atomic():
        PolicyStep.objects.filter(version=version).update(quorum=None)


def test_submit_refuses_what_no_step_decides(
    policy: Policy, opus: AIModel, reviewers: Group, alice: User, pat: User, lee: User
) -> None:
    """openbao #3666, here: every step is conditional and none of them holds."""
    step = policies.Step("Long", reviewers, condition="longer_than", condition_value="100")
    policies.publish(policies.draft(policy, policies.Text("Terms.", [step]), by=pat), by=lee)
    with pytest.raises(Invalid, match="No step of the policy"):
        requests.save(ask_for(opus, days=10), by=alice, submit=True)
    assert not Grant.objects.exists()


def test_approve_refuses_a_group_of_the_same_name_elsewhere(
    stage: Stage, eve: User, reviewers: Group
) -> None:
    """openbao #3815: groups were compared by name."""
    Group.objects.filter(pk=reviewers.pk).update(name="Formerly Opus reviewers")
    eve.groups.add(Group.objects.create(name="Opus reviewers"))
    with pytest.raises(NotAllowed, match="Only members"):
        reviews.approve(stage, by=eve, reason="Let me.", shown=shown(stage))


@pytest.fixture
def two_steps(
    policy: Policy, opus: AIModel, alice: User, rita: User, reviewers: Group, pat: User, lee: User
) -> Stage:
    """A request before two steps; Rita is in the groups of both, and in both places of one."""
    second = Group.objects.create(name="Second")
    second.user_set.add(rita, pat)
    steps = [
        policies.Step("First", reviewers, alternates=second, reads=["models"]),
        policies.Step("Second", second),
    ]
    policies.publish(policies.draft(policy, policies.Text("Terms.", steps), by=pat), by=lee)
    return requests.save(ask_for(opus), by=alice, submit=True).stages.open().get()


def test_approve_counts_one_person_once(two_steps: Stage, rita: User) -> None:
    """Vault: one person was counted for two factors."""
    reviews.approve(two_steps, by=rita, reason="First.", shown=shown(two_steps))
    second = two_steps.access_request.stages.open().get()
    with pytest.raises(NotAllowed, match="You have voted on “First”"):
        reviews.approve(second, by=rita, reason="Second.", shown=shown(second))


def test_approve_counts_one_person_once_across_revisions(
    two_steps: Stage, opus: AIModel, alice: User, rita: User, pat: User
) -> None:
    """Vault, here: the first step's approval is carried into the next revision."""
    reviews.approve(two_steps, by=rita, reason="First.", shown=shown(two_steps))
    row = two_steps.access_request
    second = row.stages.open().get()
    reviews.ask_for_changes(second, by=pat, reason="Which?", shown=shown(second))
    better = ask_for(opus, purpose="Compare refusals of 2024.")
    requests.save(better, by=alice, access_request=row, submit=True)
    again = row.stages.open().get()
    assert again.step.name == "Second"
    with pytest.raises(NotAllowed, match="You have voted on “First”"):
        reviews.approve(again, by=rita, reason="Second.", shown=shown(again))


def test_approve_never_gives_more_or_something_else(
    stage: Stage, rita: User, opus: AIModel
) -> None:
    """discord/access #421, #455: an approver could retarget the request."""
    scope = stage.revision.scope()
    AIModel.objects.create(identifier="other", provider=opus.provider, name="Other")
    for wider in (
        replace(scope, identifiers=("other",)),
        replace(scope, identifiers=(*scope.identifiers, "other")),
        replace(scope, duration=scope.duration + timedelta(days=1)),
        replace(scope, operations=(*scope.operations, "admin")),
    ):
        with pytest.raises(Invalid, match="never more"):
            reviews.approve(stage, by=rita, reason="More.", shown=shown(stage), narrowed_to=wider)
    assert not Vote.objects.exists()


def test_approve_keeps_a_narrowing_in_the_next_revision(
    two_steps: Stage, opus: AIModel, alice: User, sam: User, rita: User, pat: User
) -> None:
    """discord/access #421, here: what the first step passed was less than what is asked again."""
    less = replace(two_steps.revision.scope(), duration=timedelta(days=5))
    reviews.approve(two_steps, by=sam, reason="5.", shown=shown(two_steps), narrowed_to=less)
    row = two_steps.access_request
    second = row.stages.open().get()
    reviews.ask_for_changes(second, by=pat, reason="Which?", shown=shown(second))
    better = ask_for(opus, purpose="Compare refusals of 2024.")
    requests.save(better, by=alice, access_request=row, submit=True)
    assert row.stages.open().get().step.name == "First"


def test_approve_refuses_a_requester_who_is_gone(stage: Stage, alice: User, rita: User) -> None:
    """discord/access #469, #483: requests outlived their people and could still grant."""
    User.objects.filter(pk=alice.pk).update(is_active=False)
    with pytest.raises(WrongState, match="not in good standing"):
        reviews.approve(stage, by=rita, reason="Yes.", shown=shown(stage))
    reviews.deny(stage, by=rita, reason="They left.", shown=shown(stage))
    assert not Grant.objects.exists()


def test_delete_refuses_people_and_groups_of_open_requests(
    stage: Stage, alice: User, rita: User, reviewers: Group
) -> None:
    """discord/access #469, #483: the group was deleted, its requests went on."""
    reviews.recuse(stage, by=rita, reason="We share a grant.")
    for row in (alice, rita, reviewers):
        with pytest.raises(ProtectedError):
            row.delete()


# Reminders and silence ------------------------------------------------------------------------


@pytest.mark.parametrize("window", [timedelta(minutes=9), timedelta(days=2), timedelta(days=30)])
def test_remind_never_comes_right_before_the_end(
    policy: Policy, opus: AIModel, alice: User, pat: User, lee: User, reviewers: Group, window: Any
) -> None:
    """MIT-LCP/physionet-build #2528: a reminder seconds before the automatic rejection."""
    step = policies.Step("Review", reviewers, window=window)
    policies.publish(policies.draft(policy, policies.Text("Terms.", [step]), by=pat), by=lee)
    stage = requests.save(ask_for(opus), by=alice, submit=True).stages.get()
    for percent in range(101):
        with time_machine.travel(stage.opened_at + window * percent / 100, tick=False):
            tasks.expire_stages()
            tasks.remind_stages()
    reminded = Event.objects.filter(kind="stage.reminded").values_list("at", flat=True)
    assert 1 <= len(reminded) <= 3
    assert max(reminded) <= stage.due_at - window / 10


@pytest.mark.django_db(transaction=True)
def test_remind_at_once_by_two_sweeps_reminds_once(stage: Stage) -> None:
    """MIT-LCP/physionet-build #2528: two crons raced."""
    with time_machine.travel(stage.remind_at, tick=False):
        at_once(tasks.remind_stages, tasks.remind_stages)
    assert Event.objects.filter(kind="stage.reminded").count() == 1


def test_silence_for_a_year_approves_nothing(stage: Stage, alice: User) -> None:
    """physionet: a command approved everything that had waited for a year."""
    with time_machine.travel(stage.opened_at + timedelta(days=366), tick=False):
        for name in settings.CELERY_BEAT_SCHEDULE:
            getattr(tasks, name)()
    assert AccessRequest.objects.get().state == "expired"
    assert not Grant.objects.exists()
    assert [m.to for m in mail.outbox if "no decision" in m.subject.lower()] == [[alice.email]]


@pytest.mark.parametrize("late", [timedelta(0), timedelta(hours=5), timedelta(days=3)])
def test_remind_after_a_missed_run_is_late_and_not_lost(stage: Stage, late: timedelta) -> None:
    """Synapse: reminders matched one exact day, so a missed run was a missed mail."""
    with time_machine.travel(stage.remind_at + late, tick=False):
        assert tasks.remind_stages() == 1


def test_remind_in_every_sweep_of_a_day_mails_once(stage: Stage, rita: User) -> None:
    """discord/access: date windows without a ledger repeated and lost mails."""
    for minutes in range(0, 24 * 60, 30):
        with time_machine.travel(stage.remind_at + timedelta(minutes=minutes), tick=False):
            tasks.remind_stages()
            tasks.send_notices()
    reminders = [m for m in mail.outbox if m.to == [rita.email] and "Reminder" in m.subject]
    assert len(reminders) == 1


# What people are told -------------------------------------------------------------------------


def test_approve_that_fails_announces_nothing(
    stage: Stage, rita: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """AWS TEAM: "granted" was announced before it was."""

    def fail(*args: Any, **kwargs: Any) -> None:
        raise OSError("no grant")

    monkeypatch.setattr(grants, "create", fail)
    with pytest.raises(OSError, match="no grant"):
        reviews.approve(stage, by=rita, reason="Yes.", shown=shown(stage))
    assert not Notice.objects.filter(template="request_approved").exists()
    assert AccessRequest.objects.get().state == "in_review"


def test_decision_is_told_to_the_others_who_were_asked(stage: Stage, rita: User, sam: User) -> None:
    """AWS TEAM #263: the other approvers never heard that it was decided."""
    reviews.approve(stage, by=rita, reason="Yes.", shown=shown(stage))
    told = Notice.objects.filter(template="stage_decided")
    assert [notice.recipient for notice in told] == [sam]


@pytest.mark.parametrize(
    ("act", "template"),
    [
        (reviews.approve, "request_approved"),
        (reviews.deny, "request_denied"),
        (reviews.ask_for_changes, "request_returned"),
    ],
)
def test_decision_is_told_to_the_requester(
    stage: Stage, alice: User, rita: User, act: Callable[..., Any], template: str
) -> None:
    """teleport #32620: the requester never heard."""
    act(stage, by=rita, reason="Because.", shown=shown(stage))
    assert Notice.objects.get(template=template).recipient == alice


# Who has access, and from when ----------------------------------------------------------------


def says_yes(claimed: ClaimedKey) -> bool:
    gateway = build(database_under_test(), settings.KEY_PEPPERS, SITE)
    return ask(gateway, ("x-api-key", claimed.secret), MODEL).status == 204


CHANGES: list[Callable[[ClaimedKey, User], Any]] = [
    lambda claimed, pat: None,
    lambda claimed, pat: grants.end(claimed.key.grant, by=claimed.key.holder),
    lambda claimed, pat: grants.revoke(claimed.key.grant, by=pat, reason="Misused."),
    lambda claimed, pat: grants.end_due(claimed.key.grant_id, now=claimed.key.expires_at),
]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("change", CHANGES)
def test_list_and_check_agree_who_has_access(
    claimed: ClaimedKey, alice: User, pat: User, change: Callable[[ClaimedKey, User], Any]
) -> None:
    """physionet: the list ignored the duration that the check honoured; Bailo: nobody checked."""
    change(claimed, pat)
    (grant,) = Api(alice).get("/api/v1/grants/").json()["results"]
    listed = grant["state"] == "active" and grant["keys"][0]["state"] == "active"
    assert listed == says_yes(claimed)
    page = signed_in(alice).get("/access/").content.decode()
    assert ("Active" in page) == listed


@pytest.mark.django_db(transaction=True)
def test_check_refuses_at_the_end_though_no_sweep_has_run(claimed: ClaimedKey) -> None:
    """Bailo: the end was stored and never checked."""
    now = timezone.now()
    Grant.objects.update(
        activated_at=now - timedelta(days=90), ends_at=now, claim_by=now, starts_at=now
    )
    assert Grant.objects.get().state == "active"
    assert not says_yes(claimed)


def test_access_starts_its_clock_at_the_approval(stage: Stage, rita: User) -> None:
    """teleport #50011: the clock ran from the request on."""
    later = stage.opened_at + timedelta(days=5)
    with time_machine.travel(later, tick=False):
        reviews.approve(stage, by=rita, reason="Yes.", shown=shown(stage))
    grant = Grant.objects.get()
    assert (grant.activated_at, grant.ends_at) == (later, later + timedelta(days=90))


# Who sees what --------------------------------------------------------------------------------


@pytest.fixture
def elsewhere(opus: AIModel, owners: Group, pat: User, lee: User) -> User:
    """A reviewer of another policy."""
    desk = Group.objects.create(name="Another desk")
    dan = person("dan", staff=True)
    dan.groups.add(desk)
    other = AIModel.objects.create(identifier="other", provider=opus.provider, name="Other")
    policy = policies.create("other", by=pat, name="Other", owners=owners, ai_models=[other])
    step = policies.Step("Review", desk)
    policies.publish(policies.draft(policy, policies.Text("Terms.", [step]), by=pat), by=lee)
    return dan


def test_desk_refuses_what_concerns_others(stage: Stage, elsewhere: User) -> None:
    """viewflow 2.3.2: permission on the kind of row was permission on each row."""
    client, row = signed_in(elsewhere), stage.access_request
    assert client.get(page_of(row)).status_code in (302, 404)
    assert decide(elsewhere, stage, "approve").status_code == 404
    assert row.public_id not in client.get(LIST).content.decode()
    assert not Vote.objects.exists()


def test_desk_refuses_a_stage_of_another_request(
    stage: Stage, opus: AIModel, bob: User, rita: User
) -> None:
    """viewflow 2.3.2: the address named one object, the form another."""
    other = requests.save(ask_for(opus), by=bob, submit=True).stages.get()
    form = {**form_for(other, "approve"), "confirmed": "yes"}
    answer = signed_in(rita).post(f"{LIST}{stage.access_request_id}/decide/", form)
    assert answer.status_code == 404
    assert not Vote.objects.exists()


def test_desk_has_no_bulk_actions(stage: Stage, rita: User, rf: Any) -> None:
    """viewflow 2.3.2: bulk actions skipped the check of each row."""
    request = rf.get("/")
    request.user = rita
    for model, desk in admin.site._registry.items():
        if model._meta.app_label == "requests_app":
            assert desk.get_actions(request) == {}, model


@pytest.mark.parametrize("verb", ["", "submit", "withdraw", "appeal"])
def test_api_hides_what_others_asked(draft: AccessRequest, bob: User, verb: str) -> None:
    """viewflow 2.3.2, through the API."""
    call = Api(bob).post if verb else Api(bob).get
    problem_of(call(place(draft, verb)), 404)


def test_list_by_a_prefix_of_the_name_shows_nothing_of_others(
    policy: Policy, opus: AIModel, alice: User, elsewhere: User, reviewers: Group
) -> None:
    """teleport #60559: listing by name prefix gave out other people's lists."""
    short = User.objects.create_user("ali@example.org", full_name="Ali")
    requests.save(ask_for(opus), by=alice, submit=True)
    assert Api(short).get("/api/v1/requests/").json()["results"] == []
    elsewhere.groups.add(Group.objects.create(name=reviewers.name[:4]))
    for search in ("ali", "req_", "", "Opus"):
        page = signed_in(elsewhere).get(LIST, {"q": search}).content.decode()
        assert not re.search("req_[0-9a-f]{16}", page)


# Locks and the beat ---------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_approve_does_not_wait_for_another_request(
    stage: Stage, opus: AIModel, bob: User, rita: User, sam: User
) -> None:
    """REMS: one table lock for every command of the installation, 503 after 10 s."""
    other = requests.save(ask_for(opus), by=bob, submit=True).stages.get()
    done: list[Any] = []

    def approve() -> None:
        done.extend(
            at_once(lambda: reviews.approve(other, by=sam, reason="Yes.", shown=shown(other)))
        )

    with transaction.atomic():
        reviews.approve(stage, by=rita, reason="Yes.", shown=shown(stage))
        thread = threading.Thread(target=approve)
        thread.start()
        thread.join(timeout=10)
        in_time = bool(done)
    thread.join()
    assert in_time
    assert isinstance(done[0], Stage)


def test_no_task_is_scheduled_ahead() -> None:
    """celery/kombu #337: Redis redelivers tasks whose ETA is beyond the visibility timeout."""
    for path in [*ROOT.glob("requests_app/**/*.py"), *ROOT.glob("lifecycle/**/*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.keyword):
                assert node.arg not in ("eta", "countdown"), f"{path}:{node.value.lineno}"
            if isinstance(node, ast.Attribute):
                assert node.attr not in ("apply_async", "retry", "delay"), f"{path}:{node.lineno}"


def test_beat_counts_seconds_and_knows_every_sweep() -> None:
    """django-celery-beat #134, #604: entries by the wall clock misfired around its changes."""
    entries = app.conf.beat_schedule
    sweeps = {name for name in app.tasks if name.startswith("requests_app.tasks.")}
    assert {entry["task"] for entry in entries.values()} == sweeps - {
        "requests_app.tasks.send_notice"
    }
    for entry in entries.values():
        seconds = entry["schedule"]
        assert isinstance(seconds, int | schedule)
        assert seconds <= 60
        assert entry["options"]["expires"] <= seconds
    assert str(app.conf.timezone) == "UTC"
