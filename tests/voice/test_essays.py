"""Essays: handed in, published by a quorum or vetoed by two people; never edited."""

import hashlib
from datetime import timedelta

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from lifecycle.people.models import User
from lifecycle.voice.models import Essay, EssaySeries
from requests_app import tasks
from requests_app.actions import policies
from requests_app.actions.voice import essay_votes, essays, interviews
from requests_app.models import Event, Notice, Policy, Stage, Vote
from requests_app.refusals import Invalid, NotAllowed, WrongState
from tests.support.concurrency import at_once
from tests.transitions.test_audit_chain import behind_the_back
from tests.voice.conftest import BODY, ONLY_EDITORS, an_essay, decide, editor

pytestmark = pytest.mark.django_db


def test_essay_is_in_review_exactly_as_it_was_handed_in(essay: Essay) -> None:
    essay.refresh_from_db()
    assert (essay.state, essay.body) == ("in_review", BODY)
    assert essay.digest == hashlib.sha256(BODY.encode()).hexdigest()
    stage = essay.stages.get()
    assert (stage.state, stage.subject, str(stage.policy_version)) == ("open", essay, "Essays v1")
    kinds = essay.series.ai_model.events.values_list("kind", flat=True)
    assert list(kinds)[-2:] == ["essay.handed_in", "stage.opened"]


def test_quorum_publishes_what_was_handed_in(essay: Essay, rita: User, sam: User) -> None:
    decide(essay, essay_votes.approve, rita)
    assert essay.state == "in_review"
    decide(essay, essay_votes.approve, sam)
    assert (essay.state, essay.published_digest, essay.reason) == ("published", essay.digest, "")
    event = Event.objects.get(kind="essay.published")
    assert event.details["body_sha256"] == essay.digest


def test_veto_takes_two_people_whatever_the_step_says(
    essay: Essay, rita: User, sam: User, una: User
) -> None:
    assert essay.stages.get().step.denials_to_fail == 1
    decide(essay, essay_votes.veto, rita)
    assert essay.state == "in_review"
    decide(essay, essay_votes.approve, una)
    decide(essay, essay_votes.veto, sam)
    assert (essay.state, essay.published_digest) == ("vetoed", "")
    assert essay.reason == "Rita says so.\n\nSam says so."


def test_every_step_of_the_policy_decides(
    series: EssaySeries, ed: User, pat: User, lee: User, rita: User, sam: User, una: User
) -> None:
    policy = series.review.policy
    group = policy.current.steps.get().reviewers
    steps = [policies.StepInput("First", group), policies.StepInput("Second", group, quorum=2)]
    version = policies.draft(policy, policies.VersionInput("Essays.", steps), by=pat)
    policies.publish(version, by=lee)
    essay = decide(an_essay(series, ed), essay_votes.approve, rita)
    assert essay.stages.open().get().step.name == "Second"
    with pytest.raises(NotAllowed, match="already voted on “First”"):
        decide(essay, essay_votes.approve, rita)
    assert decide(essay, essay_votes.approve, sam, una).state == "published"


def test_who_handed_it_in_or_interviewed_the_model_does_not_vote(
    essay: Essay, ed: User, rita: User, sam: User
) -> None:
    ed.groups.add(*rita.groups.all())
    interview = interviews.record(
        essay.series.ai_model, interviews.InterviewInput("Example Lab"), by=ed
    )
    interviews.add_participant(interview, by=ed, name="Rita", role="Interviewer", person=rita)
    for who, sentence in ((ed, "You handed in this essay"), (rita, "You took part in an interv")):
        for act in (essay_votes.approve, essay_votes.veto):
            with pytest.raises(NotAllowed, match=sentence):
                decide(essay, act, who)
    stage = essay.stages.get()
    for who in (ed, rita):
        with pytest.raises(DatabaseError, match="nobody votes who"), transaction.atomic():
            Vote.objects.create(
                stage=stage, voter=who, seat=who, choice="approve", reason="Me.", shown="",
                cast_at=timezone.now(),
            )  # fmt: skip


def test_approval_stops_counting_once_its_voter_is_barred(
    essay: Essay, ed: User, rita: User, sam: User, una: User
) -> None:
    decide(essay, essay_votes.approve, rita)
    interview = interviews.record(
        essay.series.ai_model, interviews.InterviewInput("Example Lab"), by=ed
    )
    interviews.add_participant(interview, by=ed, name="Rita", role="Interviewer", person=rita)
    assert decide(essay, essay_votes.approve, sam).state == "in_review"
    assert decide(essay, essay_votes.approve, una).state == "published"


def test_recusal_leaves_it_to_the_others(essay: Essay, rita: User, sam: User, una: User) -> None:
    essay_votes.recuse(essay.stages.get(), by=rita, reason="I know its maker.")
    with pytest.raises(NotAllowed, match="You have recused yourself from this essay."):
        decide(essay, essay_votes.approve, rita)
    essay_votes.recuse(essay.stages.get(), by=sam, reason="So do I.")
    assert essay.stages.get().deadlocked_at is not None
    assert Notice.objects.filter(template="stage_deadlocked").count() == 2  # pat and lee


def test_vote_is_refused_without_reason_or_for_another_text(essay: Essay, rita: User) -> None:
    stage = essay.stages.get()
    with pytest.raises(WrongState, match="isn't the essay that you were shown"):
        essay_votes.approve(stage, by=rita, reason="Good.", shown="0" * 64)
    with pytest.raises(Invalid, match="Give a reason"):
        essay_votes.veto(stage, by=rita, reason=" ", shown=essay.shown_digest())


def test_silence_never_publishes(essay: Essay, ed: User, rita: User) -> None:
    editor(rita)
    decide(essay, essay_votes.approve, rita)
    with time_machine.travel(timezone.now() + timedelta(days=7, seconds=1)):
        with pytest.raises(WrongState, match="The deadline for this step has passed"):
            decide(essay, essay_votes.approve, User.objects.get(full_name="Sam"))
        assert [tasks.expire_stages(), tasks.expire_stages()] == [1, 0]
    essay.refresh_from_db()
    assert (essay.state, essay.published_digest) == ("expired", "")
    told = Notice.objects.filter(template="essay_expired")
    assert {each.recipient for each in told} == {ed, rita}


def test_reviewers_are_asked_reminded_and_told(
    essay: Essay, rita: User, sam: User, mailoutbox: list[object]
) -> None:
    tasks.send_notices()
    asked = [mail.subject for mail in mailoutbox]  # type: ignore[attr-defined]
    assert len(asked) == 3
    assert all("“On trying” by Example 1" in subject for subject in asked)
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        assert tasks.remind_stages() == 1
        decide(essay, essay_votes.approve, rita, sam)
        tasks.send_notices()
    sent = [mail.subject for mail in mailoutbox]  # type: ignore[attr-defined]
    assert any(subject.startswith("Published: “On trying”") for subject in sent)
    assert all("/admin/voice/essay/" in mail.body for mail in mailoutbox[:3])  # type: ignore[attr-defined]
    assert not Notice.objects.filter(sent_at=None, dropped_at=None).exists()


def test_only_editors_begin_a_series_and_hand_in(
    series: EssaySeries, essay_policy: Policy, rita: User
) -> None:
    with pytest.raises(NotAllowed, match=ONLY_EDITORS):
        an_essay(series, rita)
    text = essays.SeriesInput("other", "Other", "Nobody's.", timezone.now().date(), essay_policy)
    with pytest.raises(NotAllowed, match=ONLY_EDITORS):
        essays.begin_series(series.ai_model, text, by=rita)


def test_essay_that_nobody_could_decide_is_refused(
    series: EssaySeries, ed: User, rita: User, sam: User
) -> None:
    rita.groups.clear()
    sam.groups.clear()
    with pytest.raises(Invalid, match="“Essay review” doesn't have enough reviewers"):
        an_essay(series, ed)
    assert not Essay.objects.exists()


def test_policy_with_conditions_is_refused(
    series: EssaySeries, essay_policy: Policy, ed: User, pat: User, lee: User
) -> None:
    group = essay_policy.current.steps.get().reviewers
    long = policies.StepInput("Long", group, condition="longer_than", condition_value="30")
    version = policies.draft(
        essay_policy, policies.VersionInput("E.", [long, policies.StepInput("All", group)]), by=pat
    )
    policies.publish(version, by=lee)
    with pytest.raises(Invalid, match="depend on a condition"):
        an_essay(series, ed)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE voice_essay SET body = 'Other.'",
        "UPDATE voice_essay SET title = 'Other'",
        "UPDATE voice_essay SET prompt = 'Other.'",
        "UPDATE voice_essay SET state = 'published', closed_at = now(), published_digest = digest",
        "UPDATE voice_essay SET state = 'vetoed', closed_at = now(), reason = 'Mine.'",
        "UPDATE requests_app_stage SET state = 'passed', closed_at = now()",
        "UPDATE requests_app_stage SET state = 'failed', closed_at = now()",
        "DELETE FROM voice_essay",
        "TRUNCATE voice_essay CASCADE",
    ],
)
def test_database_refuses_to_change_an_essay_or_to_go_around_its_review(
    essay: Essay, sql: str
) -> None:
    with (
        pytest.raises(DatabaseError, match="never changed|its review|its quorum|pending trigger"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)


def test_published_essay_is_never_changed(essay: Essay, rita: User, sam: User) -> None:
    decide(essay, essay_votes.approve, rita, sam)
    for change in ({"reason": "x"}, {"state": "vetoed"}, {"closed_at": timezone.now()}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Essay.objects.update(**change)


CHANGED = hashlib.sha256(b"Other.").hexdigest()


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE voice_essay SET body = 'Other.', digest = :new, published_digest = :new",
        "UPDATE voice_essay SET title = 'Other'",
        "UPDATE voice_essay SET prompt = 'Other.'",
        "UPDATE voice_essay SET context = 'Other.'",
        "DELETE FROM requests_app_vote; DELETE FROM requests_app_stage; DELETE FROM voice_essay",
    ],
)
def test_verify_finds_an_essay_changed_behind_the_triggers(
    essay: Essay, rita: User, sam: User, sql: str
) -> None:
    decide(essay, essay_votes.approve, rita, sam)
    call_command("audit", "verify")
    behind_the_back(sql.replace(":new", f"'{CHANGED}'"))
    with pytest.raises(CommandError, match=r"recorded|removed"):
        call_command("audit", "verify")


@pytest.mark.django_db(transaction=True)
def test_of_two_last_votes_at_once_one_ends_it(
    essay: Essay, rita: User, sam: User, una: User
) -> None:
    decide(essay, essay_votes.veto, rita)
    decide(essay, essay_votes.approve, una)
    stage, shown = essay.stages.get(), essay.shown_digest()
    at_once(
        lambda: essay_votes.veto(stage, by=sam, reason="No.", shown=shown),
        lambda: essay_votes.expire(stage.pk, now=timezone.now() + timedelta(days=8)),
    )
    essay.refresh_from_db()
    kinds = Event.objects.filter(kind__in=("essay.vetoed", "essay.expired"))
    assert [each.kind for each in kinds] == [f"essay.{essay.state}"]
    assert not Stage.objects.open().exists()
