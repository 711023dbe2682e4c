"""No page of the desk links to one that refuses whoever reads it."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from lifecycle.catalogue.editors import EDITORS
from lifecycle.people.models import User
from requests_app.actions import policies
from requests_app.models import (
    AccessRequest,
    Delegation,
    Grant,
    Policy,
    PolicyVersion,
    Stage,
)
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


OWN_PAGES = {
    f"/admin/requests_app/{name}/"
    for name in ("delegation", "reviewerpreference", "savedreason", "servicetoken", "breakglass")
}
# Django's own, of superusers: what people bring with them.
OF_PEOPLE = {
    "/admin/account/emailaddress/", "/admin/mfa/authenticator/",
    "/admin/socialaccount/socialaccount/",
}  # fmt: skip
LISTED = re.compile(r'<tr>\s*<t[hd] class="field-')


def empty_lists(who: User) -> Iterator[str]:
    """Yield the lists in somebody's menu that show no row and let them add none."""
    browser = signed_in(who)
    home = browser.get("/admin/").content.decode()
    for address in dict.fromkeys(re.findall(r'href="(/admin/\w+/\w+/)"', home)):
        if f'href="{address}add/"' in home or address in OWN_PAGES:
            continue
        page = browser.get(address).content.decode()
        if "No results." in page or not LISTED.search(page):
            yield address


@pytest.mark.parametrize("role", ["reviewer", "lead", "owner", "editor", "staff", "superuser"])
def test_no_menu_leads_to_an_empty_list(
    standings: dict[str, AccessRequest], used: Grant, rita: User, lee: User, role: str
) -> None:
    staff = person("una", staff=True)
    if role == "editor":
        staff.groups.add(Group.objects.create(name=EDITORS))
    superuser = User.objects.create_superuser("root@example.org", full_name="Root")
    lead = person("lea", staff=True)
    lead.groups.add(*rita.groups.all())
    people = {"reviewer": rita, "lead": lead, "owner": lee, "superuser": superuser}
    assert set(empty_lists(people.get(role, staff))) <= OF_PEOPLE


def own_links(who: User) -> list[str]:
    home = signed_in(who).get("/admin/").content.decode()
    links = home.partition('<p class="desk-links">')[2].partition("</p>")[0]
    return re.findall(r">\s*([^<>]+?)\s*</a>", links)


def test_own_pages_are_linked_for_whom_they_have_something(
    used: Grant, rita: User, lee: User, sam: User, zoe: User
) -> None:
    reviewer = ["Waiting for me", "All requests", "My delegations", "My reminders"]
    assert own_links(rita) == [*reviewer, "Saved reasons", "Dashboard"]
    assert own_links(lee) == [
        "Waiting for me", "All requests", "Saved reasons", "Dashboard", "Service tokens"
    ]  # fmt: skip
    assert own_links(person("una", staff=True)) == ["Waiting for me"]
    assert own_links(zoe) == ["Waiting for me", "Emergency grants"]
    superuser = User.objects.create_superuser("root@example.org", full_name="Root")
    assert own_links(superuser) == [
        "Waiting for me", "All requests", "Dashboard", "Service tokens"
    ]  # fmt: skip


def test_delegate_without_a_group_has_the_links_of_a_reviewer(
    stage: Stage, rita: User, policy: Policy
) -> None:
    dan, now = person("dan", staff=True), timezone.now()
    Delegation.objects.create(
        person=rita, delegate=dan, starts_at=now, ends_at=now + timedelta(days=1)
    )
    assert "My delegations" in own_links(dan)
    assert "/admin/requests_app/accessrequest/" in signed_in(dan).get("/admin/").content.decode()


def test_group_without_a_part_may_begin_a_policy(policy: Policy, rita: User) -> None:
    """The owners of a first policy, for example; reviewers have other things to do."""
    una = person("una", staff=True)
    una.groups.add(Group.objects.create(name="New owners"))
    add = "/admin/requests_app/policy/add/"
    assert [add in signed_in(who).get("/admin/").content.decode() for who in (una, rita)] == [
        True, False
    ]  # fmt: skip
