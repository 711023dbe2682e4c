"""What somebody tries on the desk's lists who wants to learn what they may not see."""

import pytest
from django.contrib.auth.models import Group

from lifecycle.people.models import User
from requests_app.actions import policies
from requests_app.models import AccessRequest, Policy
from tests.conftest import person
from tests.support.desk_client import LIST, signed_in

pytestmark = pytest.mark.django_db

VERSIONS = "/admin/requests_app/policyversion/"
# Each would say yes or no to a question about a column of another row.
PROBES = [
    "policy__versions__terms__startswith=Secret",
    "policy__versions__access_requests__revisions__purpose__startswith=C",
    "policy__versions__access_requests__requester__password__startswith=md5",
    "policy__owners__user__email__startswith=pat",
    "author__password__startswith=md5",
    "state__in=draft,published&policy__slug__startswith=o",
]


def shows(who: User, address: str) -> int | None:
    """How many rows the list has; None when it isn't shown."""
    response = signed_in(who).get(address)
    return len(response.context["cl"].result_list) if response.status_code == 200 else None


@pytest.mark.parametrize("probe", PROBES)
def test_list_of_versions_answers_no_question_about_other_rows(
    policy: Policy, pat: User, rita: User, probe: str
) -> None:
    assert shows(rita, VERSIONS) == 1
    assert shows(rita, f"{VERSIONS}?{probe}") is None


@pytest.mark.parametrize("probe", ["requester__password__startswith=md5", "state__regex=.", "x=1"])
def test_list_of_requests_answers_no_question_about_other_rows(
    in_review: AccessRequest, rita: User, probe: str
) -> None:
    assert shows(rita, f"{LIST}?{probe}") is None


def test_list_of_versions_names_only_policies_that_concern_one(
    policy: Policy, rita: User, pat: User
) -> None:
    elsewhere = Group.objects.create(name="Elsewhere")
    pip = person("pip", staff=True)
    pip.groups.add(elsewhere)
    policies.create("hidden", by=pip, name="Hidden plans", owners=elsewhere, ai_models=[])
    assert "Hidden plans" not in signed_in(rita).get(VERSIONS).content.decode()
    assert shows(rita, f"{VERSIONS}?policy=opus") == 1
    assert shows(rita, f"{VERSIONS}?policy=hidden") == 0


@pytest.mark.parametrize("page", ["history/", "delete/", "change/?_to_field=requester&_popup=1"])
def test_admins_own_pages_show_nothing_of_others(in_review: AccessRequest, page: str) -> None:
    pip = person("pip", staff=True)
    response = signed_in(pip).get(f"{LIST}{in_review.pk}/{page}")
    assert response.status_code in (302, 403, 404)
    assert in_review.public_id not in response.content.decode()


@pytest.mark.parametrize("field", ["_to_field=requester", "_to_field=closing_reason&_popup=1"])
def test_list_takes_no_field_to_point_at(in_review: AccessRequest, rita: User, field: str) -> None:
    assert shows(rita, f"{LIST}?{field}") is None


def test_autocomplete_names_nobody(rita: User, in_review: AccessRequest) -> None:
    for model, field in (("user", "institution"), ("vote", "voter"), ("delegation", "delegate")):
        asked = f"app_label={'people' if model == 'user' else 'requests_app'}"
        address = f"/admin/autocomplete/?{asked}&model_name={model}&field_name={field}&term="
        assert signed_in(rita).get(address).status_code == 403
