"""Nobody who wrote at a policy version publishes it, whoever changed it last."""

from dataclasses import replace

import pytest
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone

from lifecycle.people.models import User
from requests_app.actions import policies
from requests_app.models import Policy, PolicyEditor, PolicyVersion
from requests_app.refusals import NotAllowed
from requests_app.validation.policy_version import version_input_of
from tests.conftest import person
from tests.support.page_client import page
from tests.support.policy_pages import VERSIONS, as_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def edited(policy: Policy, pat: User, lee: User) -> PolicyVersion:
    """Pat writes it, Lee adds a full stop."""
    text = replace(version_input_of(policy.current), terms="Anything goes")
    version = policies.draft(policy, text, by=pat)
    return policies.edit(version, replace(text, terms="Anything goes."), by=lee)


def test_publish_refuses_who_wrote_it_before_somebody_else_changed_it(
    edited: PolicyVersion, pat: User
) -> None:
    with pytest.raises(NotAllowed, match="You have worked on this version"):
        policies.publish(edited, by=pat)


def test_publish_lets_an_owner_who_wrote_nothing_of_it(edited: PolicyVersion, pat: User) -> None:
    kim = person("kim", staff=True)
    kim.groups.add(edited.policy.owners)
    assert policies.publish(edited, by=kim).published_by == kim


def test_database_refuses_publishing_by_any_editor(edited: PolicyVersion, pat: User) -> None:
    rows = PolicyVersion.objects.filter(pk=edited.pk)
    with pytest.raises(IntegrityError, match="at which they wrote"):
        rows.update(state="published", published_at=timezone.now(), published_by=pat)


def test_database_keeps_every_editor(edited: PolicyVersion, pat: User, lee: User) -> None:
    assert [editor.person for editor in edited.editors.all()] == [pat, lee]
    with pytest.raises(IntegrityError, match="never changed"):
        PolicyEditor.objects.filter(person=pat).delete()


def test_desk_names_all_who_wrote_it_and_says_why_one_may_not_publish(
    edited: PolicyVersion, pat: User
) -> None:
    client: Client = as_person(pat)
    text = page(client.get(f"{VERSIONS}{edited.pk}/change/"))
    assert "Draft, written by Pat, Lee." in text
    assert "You have worked on this version, so another owner has to publish it." in text
