"""What the tests of policies share: groups, and the pages on the review desk."""

from typing import Any

from django.contrib.auth.models import Group
from django.http import HttpResponse
from django.test import Client

from lifecycle.people.models import User
from requests_app.actions import policies
from requests_app.actions.policies import StepInput, VersionInput
from requests_app.models import Policy, PolicyVersion
from tests.conftest import person

VERSIONS, POLICIES = "/admin/requests_app/policyversion/", "/admin/requests_app/policy/"


def group_of(name: str, *people: str) -> Group:
    group = Group.objects.create(name=name)
    for short in people:
        person(short, staff=True).groups.add(group)
    return group


def draft_of_two_steps(
    policy: Policy, reviewers: Group, safety: Group, *, by: User
) -> PolicyVersion:
    steps = [StepInput("Triage", reviewers), StepInput("Safety", safety, quorum=2)]
    return policies.draft(policy, VersionInput("Cite us.", steps), by=by)


def as_person(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page_text(response: HttpResponse) -> str:
    """One space for the blanks that only the templates have."""
    return " ".join(response.content.decode().split()).replace("&#x27;", "'")


def edit_page(version: PolicyVersion) -> str:
    return f"{VERSIONS}{version.pk}/edit/"


def typed(client: Client, version: PolicyVersion, changes: dict[str, Any]) -> dict[str, Any]:
    """What a browser would send back from the edit page, with changes."""
    return sent_back(client.get(edit_page(version))) | changes


def sent_back(page: Any) -> dict[str, Any]:
    """What a browser would send back from such a page."""
    rows, questions = page.context["rows"], page.context["questions"]
    data: dict[str, Any] = {}
    for form in (page.context["form"], *rows.forms, *questions.forms):
        for bound in form:
            value = bound.field.prepare_value(bound.value())
            if value is not None and value is not False:
                data[bound.html_name] = value
    return data
