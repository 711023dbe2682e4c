"""Versions of a policy in plain words, and what differs between two of them."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.utils import timezone

from requests_app.models import Policy, PolicyVersion
from requests_app.models.review.policy_input import VersionInput
from requests_app.reports.review.members import Members, NamedGroup, groups_named_by, of_step
from requests_app.states import VersionState
from requests_app.validation.policy_version import version_input_of
from requests_app.wording import policies as policy_wording
from requests_app.wording import policy_differences


class StepWords(NamedTuple):
    """A step in plain words, with who is in its groups if the reader may know."""

    name: str
    sentences: list[str]
    groups: list[NamedGroup]


def version_words(text: VersionInput, policy: Policy | None = None) -> dict[str, Any]:
    """Return the version in words, for owners of the policy with the members of its groups."""
    return {
        "sentences": policy_wording.version_sentences(text),
        "steps": step_words(text, policy),
    }


def step_words(text: VersionInput, policy: Policy | None = None) -> list[StepWords]:
    members = Members(policy, groups_named_by(text.steps), timezone.now()) if policy else None
    return [
        StepWords(
            step.name,
            policy_wording.step_sentences(step, text.country),
            of_step(step, members) if members else [],
        )
        for step in text.steps
    ]


def comparison(
    version: PolicyVersion, others: Iterable[PolicyVersion], against: str
) -> dict[str, Any]:
    """Return the differences from the chosen version, or from the last one published before it."""
    choices = sorted(others, key=lambda other: -other.number)
    before = [other for other in choices if other.number < version.number]
    in_force = [other for other in before if other.state == VersionState.PUBLISHED]
    asked = [other for other in choices if str(other.number) == against]
    other = next(iter(asked or in_force or before), None)
    if other is None:
        return {"others": choices}
    return {
        "others": choices,
        "other": other,
        **differences(
            version_input_of(other),
            version_input_of(version),
            (f"Version {other.number}", f"Version {version.number}"),
        ),
    }


def any_two(policy: Policy, number: str, other_number: str) -> dict[str, Any]:
    """Return the differences between two versions, by default of the newest from the one before."""
    versions = list(policy.versions.order_by("-number"))
    by_number = {str(version.number): version for version in versions}
    newer = by_number.get(other_number, versions[0] if versions else None)
    older = by_number.get(number) or next(
        (version for version in versions if newer and version.number < newer.number), newer
    )
    if newer is None or older is None:
        return {"versions": versions}
    texts = version_input_of(older), version_input_of(newer)
    named = f"Version {older.number}", f"Version {newer.number}"
    return {"versions": versions, "older": older, "newer": newer, **differences(*texts, named)}


def differences(
    before: VersionInput, after: VersionInput, named: tuple[str, str]
) -> dict[str, Any]:
    """Return what differs between two texts, under the names of both."""
    found = list(policy_differences.differences(before, after))
    return {"before": named[0], "after": named[1], "differences": found}
