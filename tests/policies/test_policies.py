"""Drafts of policies: what can't work is refused with a reason, and owners write together."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions import policies
from requests_app.actions.policies import StepInput, VersionInput
from requests_app.models import Condition, Event, Policy, PolicyVersion
from requests_app.refusals import Invalid, NotAllowed, WrongState
from requests_app.validation.policy_version import cleaned, digest, version_input_of
from tests.support.policy_pages import group_of


@pytest.fixture
def leads(db: None) -> Group:
    return group_of("Leads", "lin")


@pytest.fixture
def review(reviewers: Group) -> StepInput:
    return StepInput("Review", reviewers)


@pytest.fixture
def version(policy: Policy, review: StepInput, pat: User) -> PolicyVersion:
    """A second version, drafted by pat."""
    return policies.draft(policy, VersionInput("Cite us.", [review]), by=pat)


def other_model() -> AIModel:
    opus = AIModel.objects.get(identifier="claude-3-opus-20240229")
    return AIModel.objects.create(
        identifier="claude-2.1", name="Claude 2.1", provider=opus.provider
    )


def days(count: float) -> timedelta:
    return timedelta(days=count)


# What a draft can't say -------------------------------------------------------------------------

BAD_STEPS: list[tuple[dict[str, Any], str, str]] = [
    ({"quorum": 0}, "quorum", "1 to 100 approvals"),
    ({"quorum": 101}, "quorum", "1 to 100 approvals"),
    ({"denials_to_fail": 0}, "denials_to_fail", "1 to 100 declines"),
    ({"window": days(0)}, "window", "must be more than 0"),
    ({"window": days(-1)}, "window", "must be more than 0"),
    ({"window": timedelta.max}, "window", "at most 365 days"),
    ({"window": days(3.9), "alternates": "Leads"}, "window", "at least 4 days"),
    ({"alternates": "Opus reviewers"}, "alternates", "are the reviewers"),
    ({"name": " "}, "name", "needs a name"),
    ({"name": "x" * 101}, "name", "at most 100 characters"),
    ({"name": "one\ntwo"}, "name", "one line"),
    ({"rereview_on": []}, "rereview_on", "must read some of"),
    ({"rereview_on": ["weather"]}, "rereview_on", "must read some of"),
    ({"condition": "weather"}, "condition", "must be one of"),
    ({"condition": Condition.LONGER_THAN}, "condition_value", "needs a whole number"),
    ({"condition": Condition.COSTS_OVER, "condition_value": "1" * 10}, "condition_value",
     "at most 9 digits"),
    ({"condition": Condition.TRACK, "condition_value": "circus"}, "condition_value", "academic"),
    ({"condition_value": "5"}, "condition_value", "takes no value"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "field", "sentence"), BAD_STEPS)
def test_draft_refuses_a_step_that_cannot_work(
    policy: Policy, review: StepInput, leads: Group, pat: User,
    changes: dict[str, Any], field: str, sentence: str,
) -> None:  # fmt: skip
    if "alternates" in changes:
        changes = changes | {"alternates": Group.objects.get(name=changes["alternates"])}
    good = replace(review, name="First")
    with pytest.raises(Invalid) as refused:
        policies.draft(policy, VersionInput("", [good, replace(review, **changes)]), by=pat)
    assert list(refused.value.errors) == [f"steps.2.{field}"]
    assert sentence in refused.value.sentence
    assert policy.versions.count() == 1


BAD_TEXTS: list[tuple[dict[str, Any], str, str]] = [
    ({"max_duration": days(0)}, "max_duration", "1 to 3650 days"),
    ({"max_duration": timedelta.max}, "max_duration", "1 to 3650 days"),
    ({"wait_after_denial": days(-1)}, "wait_after_denial", "0 to 3650 days"),
    ({"country": "XX"}, "country", "know the working days of “XX”"),
    ({"country": "DEU"}, "country", "know the working days"),
    ({"requests_per_minute": 0}, "requests_per_minute", "1 to 100,000 requests per minute"),
    ({"spend_cap": 10_000_001}, "spend_cap", "1 to 10,000,000 USD in total"),
    ({"terms": "a\x00b"}, "terms", "can't be stored"),
    ({"terms": "x" * 50_001}, "terms", "at most 50,000"),
]


@pytest.mark.parametrize(("changes", "field", "sentence"), BAD_TEXTS)
def test_draft_refuses_a_text_that_cannot_work(
    policy: Policy, review: StepInput, pat: User, changes: dict[str, Any], field: str, sentence: str
) -> None:
    with pytest.raises(Invalid) as refused:
        policies.draft(policy, replace(VersionInput("", [review]), **changes), by=pat)
    assert list(refused.value.errors) == [field]
    assert sentence in refused.value.sentence


def test_draft_tells_everything_that_is_wrong(policy: Policy, review: StepInput, pat: User) -> None:
    bad = replace(review, quorum=0, denials_to_fail=0)
    with pytest.raises(Invalid) as refused:
        policies.draft(policy, VersionInput("", [bad, bad], country="XX"), by=pat)
    assert set(refused.value.errors) == {
        "country", "steps.1.quorum", "steps.1.denials_to_fail",
        "steps.2.quorum", "steps.2.denials_to_fail", "steps.2.name",
    }  # fmt: skip


def test_draft_takes_a_window_of_four_days_with_alternates(
    policy: Policy, review: StepInput, leads: Group, pat: User
) -> None:
    step = replace(review, window=days(4), alternates=leads)
    assert policies.draft(policy, VersionInput("", [step]), by=pat).number == 2


def test_draft_refuses_too_many_steps(policy: Policy, review: StepInput, pat: User) -> None:
    many = [replace(review, name=str(number)) for number in range(21)]
    with pytest.raises(Invalid, match="at most 20 steps"):
        policies.draft(policy, VersionInput("", many), by=pat)


def test_draft_reads_back_as_written(
    policy: Policy, review: StepInput, leads: Group, pat: User
) -> None:
    step = replace(
        review, alternates=leads, blind=True, allow_repeat_voters=True, quorum=2, denials_to_fail=2,
        condition=Condition.FIRST_REQUEST, rereview_on=["purpose"],
    )  # fmt: skip
    text = VersionInput(
        "Line.\r\nLine. ", [review, replace(step, name="Lead")], days(9), "DE", False
    )
    text = replace(text, requests_per_minute=1, requests_per_day=2, tokens_per_day=3, spend_cap=4)
    version = policies.draft(policy, text, by=pat)
    assert version_input_of(version) == replace(text, terms="Line.\nLine.")
    assert digest(version_input_of(version)) == digest(cleaned(text))


# Drafting together ------------------------------------------------------------------------------


def test_edit_makes_its_editor_the_author(
    version: PolicyVersion, review: StepInput, pat: User, lee: User
) -> None:
    """Pat wrote it first, so neither of them publishes it."""
    assert policies.edit(version, VersionInput("Better.", [review]), by=lee).author == lee
    for editor in (lee, pat):
        with pytest.raises(NotAllowed, match="another owner has to"):
            policies.publish(version, by=editor)


def test_edit_without_a_change_makes_nobody_the_author(
    version: PolicyVersion, pat: User, lee: User
) -> None:
    events = Event.objects.count()
    assert policies.edit(version, version_input_of(version), by=lee).author == pat
    assert Event.objects.count() == events


def test_edit_refuses_to_overwrite_somebody_elses(
    version: PolicyVersion, review: StepInput, pat: User, lee: User
) -> None:
    shown = digest(version_input_of(version))
    policies.edit(version, VersionInput("Lee's.", [review]), by=lee, shown=shown)
    with pytest.raises(WrongState, match="since you opened it"):
        policies.edit(version, VersionInput("Pat's.", [review]), by=pat, shown=shown)


def test_start_copies_the_newest_version_once(policy: Policy, pat: User) -> None:
    version = policies.start(policy, by=pat)
    assert (version.number, version.state) == (2, "draft")
    assert version_input_of(version) == version_input_of(policy.current)
    with pytest.raises(WrongState, match="Version 2 is already a draft"):
        policies.start(policy, by=pat)


@pytest.mark.parametrize("who", ["rita", "eve"])
def test_strangers_write_nothing(
    request: pytest.FixtureRequest, version: PolicyVersion, review: StepInput, eve: User, who: str
) -> None:
    by, text, policy = request.getfixturevalue(who), VersionInput("Mine.", [review]), version.policy
    for attempt in (
        lambda: policies.draft(policy, text, by=by),
        lambda: policies.start(policy, by=by),
        lambda: policies.edit(version, text, by=by),
        lambda: policies.assign(policy, [], by=by),
        lambda: policies.create("mine", by=by, name="M", owners=policy.owners, ai_models=[]),
    ):
        with pytest.raises(NotAllowed):
            attempt()
    assert (PolicyVersion.objects.count(), policy.ai_models.count()) == (2, 1)


# A policy and its models ------------------------------------------------------------------------


def test_create_refuses_a_model_of_another_policy(
    policy: Policy, opus: AIModel, owners: Group, pat: User
) -> None:
    with pytest.raises(Invalid) as refused:
        policies.create("more", by=pat, name="More", owners=owners, ai_models=[opus])
    assert refused.value.errors == {
        "ai_models": "claude-3-opus-20240229 is already under the policy “Opus 3”. "
        "Remove it there first."
    }
    assert Policy.objects.count() == 1


@pytest.mark.parametrize(
    ("slug", "name", "field"),
    [("opus", "Again", "slug"), ("a b", "B", "slug"), ("x" * 51, "X", "slug"), ("c", "", "name")],
)
def test_create_refuses_bad_names(
    policy: Policy, owners: Group, pat: User, slug: str, name: str, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        policies.create(slug, by=pat, name=name, owners=owners, ai_models=[])
    assert list(refused.value.errors) == [field]


def test_assign_moves_models_and_says_so(policy: Policy, pat: User) -> None:
    newer = other_model()
    policies.assign(policy, [newer], by=pat)
    assert list(policy.ai_models.all()) == [newer]
    event = policy.events.order_by("sequence").last()
    assert event.kind == "policy.models_changed"
    assert event.details == {"added": ["claude-2.1"], "removed": ["claude-3-opus-20240229"]}
    policies.assign(policy, [newer], by=pat)
    assert policy.events.count() == event.sequence


def test_assign_refuses_a_model_of_another_policy(
    policy: Policy, opus: AIModel, owners: Group, pat: User
) -> None:
    other = policies.create("more", by=pat, name="More", owners=owners, ai_models=[])
    with pytest.raises(Invalid, match="already under the policy “Opus 3”"):
        policies.assign(other, [opus], by=pat)
    policies.assign(policy, [], by=pat)
    policies.assign(other, [opus], by=pat)
