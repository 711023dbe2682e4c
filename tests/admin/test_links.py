"""No page of the desk links to one that refuses whoever reads it."""

import re
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import Group

from lifecycle.catalogue.editors import EDITORS
from lifecycle.people.models import User
from requests_app.actions import policies
from requests_app.models import AccessRequest, Grant, Policy, PolicyVersion
from requests_app.validation.policy_version import version_input_of
from tests.conftest import person
from tests.support.desk_client import signed_in
from tests.support.request_standings import standings, used

__all__ = ["standings", "used"]  # fixtures

pytestmark = pytest.mark.django_db

LINK = re.compile(r'<a\b[^>]*\bhref="(/admin/[^"#]*)')
ONE_OF_MANY = re.compile(r"\d+|_[0-9a-f]{16}|\?.*")


@pytest.fixture
def unpublished(policy: Policy, pat: User) -> PolicyVersion:
    return policies.draft(policy, version_input_of(policy.current), by=pat)


def refusals(who: User) -> Iterator[str]:
    """Follow the links of the desk, one of each kind, and yield those that end in an error."""
    client = signed_in(who)
    ahead, kinds = [("/admin/", "")], {"/admin/"}
    while ahead:
        address, found_on = ahead.pop()
        answer = client.get(address, follow=True)
        if answer.status_code >= 400:
            yield f"{address} on {found_on}: {answer.status_code}"
            continue
        if "text/html" not in answer.headers["Content-Type"]:
            continue
        for link in LINK.findall(answer.content.decode()):
            kind = ONE_OF_MANY.sub("N", link.replace("&amp;", "&"))
            if kind not in kinds:
                kinds.add(kind)
                ahead.append((link.replace("&amp;", "&"), address))


@pytest.mark.parametrize("role", ["reviewer", "owner", "editor", "staff", "superuser"])
def test_no_link_leads_to_a_refusal(
    standings: dict[str, AccessRequest],
    used: Grant,
    unpublished: PolicyVersion,
    rita: User,
    lee: User,
    role: str,
) -> None:
    staff = person("una", staff=True)
    if role == "editor":
        staff.groups.add(Group.objects.create(name=EDITORS))
    superuser = User.objects.create_superuser("root@example.org", full_name="Root")
    who = {"reviewer": rita, "owner": lee, "superuser": superuser}.get(role, staff)
    assert list(refusals(who)) == []
