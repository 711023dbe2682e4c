"""Owners who act on one draft at the same moment, on real connections."""

from dataclasses import replace

import pytest

from lifecycle.people.models import User
from requests_app.actions import policies
from requests_app.models import Policy
from requests_app.states import VersionState
from requests_app.transitions import audit_chain
from requests_app.validation.policy_version import digest, version_input_of
from tests.support.concurrency import at_once, one_won

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_two_edits_at_once_one_is_told(policy: Policy, pat: User, lee: User) -> None:
    version = policies.start(policy, by=pat)
    text = version_input_of(version)
    shown = digest(text)
    results = at_once(
        lambda: policies.edit(version, replace(text, terms="Pat's."), by=pat, shown=shown),
        lambda: policies.edit(version, replace(text, terms="Lee's."), by=lee, shown=shown),
    )
    assert one_won(results)
    version.refresh_from_db()
    assert version.terms == f"{version.author}'s."
    assert not list(audit_chain.problems())


def test_edit_and_publication_at_once_publish_what_was_read(
    policy: Policy, pat: User, lee: User
) -> None:
    version = policies.start(policy, by=pat)
    text = version_input_of(version)
    shown = digest(text)
    results = at_once(
        lambda: policies.edit(version, replace(text, terms="Pat's."), by=pat, shown=shown),
        lambda: policies.publish(version, by=lee, shown=shown),
    )
    assert one_won(results)
    version.refresh_from_db()
    is_published = version.state == VersionState.PUBLISHED
    assert version.terms == (text.terms if is_published else "Pat's.")
