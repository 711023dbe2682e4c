"""What the tests of the review desk share: a browser that is signed in, and the form it sends."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.contrib.auth.models import Group
from django.test import Client

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions import policies
from requests_app.models import AccessRequest, Policy, Stage
from requests_app.validation.policy_version import version_input_of
from tests.conftest import person

INDEX = "/admin/"
LIST = "/admin/requests_app/accessrequest/"
BLOCKS = (
    "caption|dd|details|div|dl|dt|fieldset|form|h[1-6]|legend|li|ol|p|section|summary|"
    "table|tbody|td|th|thead|tr|ul"
)


def signed_in(who: User) -> Client:
    client = Client()
    client.force_login(who)
    return client


def page_of(access_request: AccessRequest) -> str:
    return f"{LIST}{access_request.pk}/change/"


def text_of(response: Any) -> str:
    """Without the blanks that only the templates have; apostrophes as they are read."""
    text = re.sub(r"\s+", " ", response.content.decode()).replace(" >", ">")
    text = text.replace("&#x27;", "'")
    return re.sub(rf" ?(</?(?:{BLOCKS})\b[^>]*>) ?", r"\1", text)


def seen(who: User, access_request: AccessRequest) -> str:
    """The review page as `who` gets it."""
    response = signed_in(who).get(page_of(access_request))
    assert response.status_code == 200
    return text_of(response)


def figures(page: str) -> dict[str, int]:
    """The numbers at the head of a preview."""
    found = re.findall(r"<div><dt>([^<]+)</dt><dd>([\d,]+)</dd></div>", page)
    return {name: int(number.replace(",", "")) for name, number in found}


def form_for(stage: Stage, choice: str, /, **fields: Any) -> dict[str, Any]:
    """What the review page sends when it was drawn just now."""
    shown = stage.revision.digest()
    return {"stage": stage.pk, "shown": shown, "choice": choice, "reason": "Sound plan.", **fields}


def decide(who: User, stage: Stage, choice: str, /, **fields: Any) -> Any:
    """Choose and confirm; `confirmed=None` only chooses."""
    sent = form_for(stage, choice, **{"confirmed": "yes", **fields})
    form_data = {name: value for name, value in sent.items() if value is not None}
    return signed_in(who).post(f"{LIST}{stage.access_request_id}/decide/", form_data)


def publish(
    *steps: policies.StepInput, by: Sequence[User], owners: Group, ai_models: Sequence[AIModel]
) -> Policy:
    writer, publisher = by
    policy = policies.create("p", by=writer, name="P", owners=owners, ai_models=ai_models)
    version = policies.draft(policy, policies.VersionInput("For research.", list(steps)), by=writer)
    policies.publish(version, by=publisher)
    return policy


def publish_next(policy: Policy, *, by: Sequence[User], **changes: Any) -> None:
    """Put a version in force that has these changes to the one before it."""
    writer, publisher = by
    text = replace(version_input_of(policy.current), **changes)
    policies.publish(policies.draft(policy, text, by=writer), by=publisher)


def member(name: str, *groups: Group) -> User:
    """Somebody who can open the desk, in these groups."""
    somebody = person(name, staff=True)
    somebody.groups.add(*groups)
    return somebody
