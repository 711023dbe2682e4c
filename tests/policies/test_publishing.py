"""Publishing: by a second person, only what people can decide, and never changed after."""

from dataclasses import replace
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import DatabaseError, transaction
from pytest_django import DjangoAssertNumQueries

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions import policies
from requests_app.actions.policies import StepInput, VersionInput
from requests_app.actions.requests import requests
from requests_app.models import AccessRequest, Policy, PolicyStep, PolicyVersion
from requests_app.refusals import Invalid, NotAllowed, WrongState
from requests_app.transitions import audit_chain
from requests_app.validation.policy_version import digest, undecidable, version_input_of
from tests.conftest import ask_for
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


# Publishing -------------------------------------------------------------------------------------

UNDECIDABLE: list[tuple[dict[str, Any], str, str]] = [
    ({"quorum": 3}, "quorum", "requires 3 approvals, but Opus reviewers has 2 people"),
    (
        {"denials_to_fail": 3},
        "denials_to_fail",
        "requires 3 declines, but Opus reviewers has 2 people",
    ),
    ({"reviewers": "Nobody"}, "reviewers", "Nobody in Nobody can open"),
    ({"alternates": "Nobody"}, "alternates", "nobody can be called"),
    ({"reviewers": "Leads", "quorum": 2}, "quorum", "but Leads has 1 person who can open"),
]


@pytest.mark.parametrize(("changes", "field", "sentence"), UNDECIDABLE)
def test_publish_refuses_what_nobody_can_decide(
    policy: Policy, review: StepInput, leads: Group, pat: User, lee: User,
    changes: dict[str, Any], field: str, sentence: str,
) -> None:  # fmt: skip
    Group.objects.create(name="Nobody")
    found = {n: Group.objects.get(name=v) if isinstance(v, str) else v for n, v in changes.items()}
    version = policies.draft(policy, VersionInput("", [replace(review, **found)]), by=pat)
    assert sentence in str(policies.why_not_publish(version, lee))
    with pytest.raises(Invalid) as refused:
        policies.publish(version, by=lee)
    assert list(refused.value.errors) == [f"steps.1.{field}"]
    assert sentence in refused.value.sentence


def test_publish_refuses_no_steps(policy: Policy, pat: User, lee: User) -> None:
    version = policies.draft(policy, VersionInput("", []), by=pat)
    with pytest.raises(Invalid, match="at least one step"):
        policies.publish(version, by=lee)


def test_publish_counts_people_once_over_all_steps(
    policy: Policy, review: StepInput, pat: User, lee: User
) -> None:
    three = [replace(review, name=name) for name in ("One", "Two", "Three")]
    stuck = policies.draft(policy, VersionInput("", three), by=pat)
    with pytest.raises(Invalid, match="“Three” can't reach its quorum"):
        policies.publish(stuck, by=lee)
    again = [*three[:2], replace(three[2], allow_repeat_voters=True)]
    policies.publish(policies.draft(policy, VersionInput("", again), by=pat), by=lee)


def test_publish_counts_people_in_good_standing(
    version: PolicyVersion, rita: User, sam: User, lee: User
) -> None:
    User.objects.filter(pk__in=[rita.pk, sam.pk]).update(is_active=False)
    with pytest.raises(Invalid, match="Nobody in Opus reviewers can open"):
        policies.publish(version, by=lee)


def test_publish_refuses_its_author_and_others(
    version: PolicyVersion, pat: User, rita: User, lee: User
) -> None:
    for by, sentence in ((pat, "another owner has to"), (rita, "Only the policy's owners")):
        with pytest.raises(NotAllowed, match=sentence):
            policies.publish(version, by=by)
        assert sentence in str(policies.why_not_publish(version, by))
    assert policies.why_not_publish(version, lee) is None


def test_publish_refuses_a_version_that_was_overtaken(
    version: PolicyVersion, policy: Policy, review: StepInput, pat: User, lee: User
) -> None:
    newer = policies.draft(policy, VersionInput("Newer.", [review]), by=pat)
    policies.publish(newer, by=lee)
    with pytest.raises(WrongState, match="Version 3 is already in force"):
        policies.publish(version, by=lee)


def test_publish_refuses_what_its_publisher_has_not_read(
    version: PolicyVersion, review: StepInput, pat: User, lee: User
) -> None:
    shown = digest(version_input_of(version))
    version = policies.edit(version, VersionInput("Something else.", [review]), by=pat)
    with pytest.raises(WrongState, match="Someone has changed this draft"):
        policies.publish(version, by=lee, shown=shown)
    policies.publish(version, by=lee, shown=digest(version_input_of(version)))


def test_publish_leaves_requests_their_version(
    version: PolicyVersion, in_review: AccessRequest, opus: AIModel, bob: User, lee: User
) -> None:
    policies.publish(version, by=lee)
    in_review.refresh_from_db()
    assert in_review.policy_version.number == 1
    later = requests.submit(requests.save(ask_for(opus), by=bob), by=bob)
    assert later.policy_version.number == 2


def test_published_versions_are_never_changed(
    policy: Policy, review: StepInput, pat: User, lee: User
) -> None:
    current = policy.current
    with pytest.raises(WrongState, match="is published"):
        policies.edit(current, VersionInput("Other.", [review]), by=pat)
    for rows, column in ((PolicyVersion, {"terms": ""}), (PolicyStep, {"quorum": 2})):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.objects.all().update(**column)
    with pytest.raises(DatabaseError), transaction.atomic():
        current.steps.all().delete()


def test_every_change_of_a_policy_is_in_its_chain(
    version: PolicyVersion, review: StepInput, pat: User, lee: User
) -> None:
    policies.edit(version, VersionInput("Better.", [review]), by=pat)
    policies.publish(version, by=lee)
    kinds = list(version.policy.events.order_by("sequence").values_list("kind", flat=True))
    assert kinds == [
        "policy.created", "policy.drafted", "policy.published",
        "policy.drafted", "policy.edited", "policy.published",
    ]  # fmt: skip
    assert not list(audit_chain.problems())


@pytest.mark.parametrize("count", [1, 20])
def test_who_can_decide_is_found_in_the_same_queries_for_any_number_of_steps(
    review: StepInput, leads: Group, rita: User, count: int,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:  # fmt: skip
    steps = [
        replace(review, name=f"Step {place}", alternates=leads, allow_repeat_voters=True)
        for place in range(count)
    ]
    with django_assert_max_num_queries(2):
        assert not list(undecidable(VersionInput("", steps)))
