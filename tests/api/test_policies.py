"""Policies by the API: read, draft from a file, publish by another owner, choose reviewers."""

from typing import Any

import pytest
import yaml
from django.contrib.auth.models import Group

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.models import Capacity, Policy, PolicyVersion, ReadLogEntry
from requests_app.policy_files import export
from tests.conftest import confirmed, person
from tests.support import shipped_file
from tests.support.api_client import API, OPUS, Api, problem_of
from tests.support.desk_client import member

pytestmark = pytest.mark.django_db

POLICY = f"{API}/policies/opus/"
FIRST, SECOND = f"{POLICY}versions/1/", f"{POLICY}versions/2/"


def file_with(policy: Policy, **changed: Any) -> str:
    """The newest version as a file, with these fields changed."""
    newest = policy.versions.order_by("number").last()
    assert newest
    return str(yaml.safe_dump({**yaml.safe_load(export.write(newest)), **changed}))


def tag_of(who: User, place: str) -> dict[str, str]:
    return {"If-Match": Api(who).get(place)["ETag"]}


def test_owner_reads_policy_and_version(policy: Policy, pat: User) -> None:
    (line,) = Api(pat).get(f"{API}/policies/").json()["results"]
    assert (line["id"], line["models"], line["version"]) == ("opus", [OPUS], 1)
    shown = Api(pat).get(POLICY).json()
    assert [each["state"] for each in shown["versions"]] == ["published"]
    version = Api(pat).get(FIRST).json()
    assert version["content"]["steps"][0]["reviewers"] == "Opus reviewers"
    assert version["publish_page"] is None
    file = Api(pat).get(f"{POLICY}versions/1.yaml")
    assert file["Content-Type"] == "application/yaml; charset=utf-8"
    assert yaml.safe_load(file.content) == version["content"]


def test_reviewers_read_what_is_published_only(policy: Policy, rita: User, pat: User) -> None:
    Api(pat).post(f"{POLICY}drafts/", {})
    assert Api(rita).get(FIRST).status_code == 200
    problem_of(Api(rita).get(SECOND), 404)
    problem_of(Api(rita).get(POLICY), 404)


def test_others_find_no_policy(policy: Policy, alice: User, eve: User) -> None:
    for who, status in ((alice, 403), (member("stranger"), 404)):
        for place in (POLICY, FIRST, f"{POLICY}reviewers/", f"{POLICY}report/requests.csv"):
            problem_of(Api(who).get(place), status)
        problem_of(Api(who).post(f"{POLICY}drafts/", {}), status)


def test_draft_from_a_file_is_published_by_another_owner(
    policy: Policy, pat: User, lee: User
) -> None:
    made = Api(pat).post(f"{POLICY}drafts/", {"file": file_with(policy, terms="Be careful.")})
    assert (made.status_code, made["Location"]) == (201, SECOND)
    draft = made.json()
    number = PolicyVersion.objects.get(number=2).pk
    assert draft["publish_page"].endswith(f"/admin/requests_app/policyversion/{number}/publish/")
    assert "another owner" in draft["why_not_publish"]
    assert Api(pat).post(f"{SECOND}ask-to-publish/").status_code == 200
    problem_of(Api(pat).post(f"{SECOND}publish/", headers=tag_of(pat, SECOND)), 403)
    problem_of(Api(lee).post(f"{SECOND}publish/"), 428)
    done = Api(lee).post(f"{SECOND}publish/", headers=tag_of(lee, SECOND))
    assert (done.status_code, done.json()["state"]) == (200, "published")
    assert policy.current is not None
    assert policy.current.terms == "Be careful."


def test_draft_is_a_body_of_yaml_too(policy: Policy, pat: User) -> None:
    text = file_with(policy, terms="Be kind.")
    made = Api(pat).generic("POST", f"{POLICY}drafts/", text, content_type="application/yaml")
    assert (made.status_code, made.json()["content"]["terms"].strip()) == (201, "Be kind.")
    refused = Api(pat).generic("PUT", SECOND, b"\xff", content_type="application/yaml",
                               headers=tag_of(pat, SECOND))  # fmt: skip
    problem_of(refused, 400)


def test_file_is_refused_line_by_line(policy: Policy, pat: User) -> None:
    wrong = file_with(policy, max_duration="long", country="Utopia")
    errors = problem_of(Api(pat).post(f"{POLICY}drafts/", {"file": wrong}), 422)["errors"]
    assert len(errors) == 2
    assert all(name.startswith("file:") for name in errors)
    assert policy.versions.count() == 1


def test_draft_is_changed_as_it_was_read(policy: Policy, pat: User, lee: User) -> None:
    Api(pat).post(f"{POLICY}drafts/", {})
    read = tag_of(pat, SECOND)
    for who, terms, status in ((pat, "One.", 200), (lee, "Two.", 412)):
        body = {"file": file_with(policy, terms=terms)}
        assert Api(who).put(SECOND, body, headers=read).status_code == status
    problem_of(Api(lee).put(SECOND, {"file": file_with(policy)}), 428)
    problem_of(Api(lee).put(SECOND, {"file": file_with(policy)}, headers={"If-Match": "*"}), 428)


def test_policy_is_created_from_a_file(policy: Policy, pat: User, eve: User) -> None:
    shipped_file.load()
    sonnet = AIModel.objects.exclude(identifier=OPUS).filter(policy_model=None).first()
    assert sonnet
    text = file_with(policy, slug="sonnet", name="Sonnet", models=[sonnet.identifier])
    made = Api(pat).post(f"{API}/policies/", {"file": text})
    assert (made.status_code, made.json()["policy"], made.json()["state"]) == (
        201, "sonnet", "draft",
    )  # fmt: skip
    again = problem_of(Api(pat).post(f"{API}/policies/", {"file": text}), 422)
    assert any("short name" in each for (each,) in again["errors"].values())


def test_models_and_capacity_are_chosen_by_owners(policy: Policy, pat: User, rita: User) -> None:
    unknown = problem_of(Api(pat).put(f"{POLICY}models/", {"models": ["gpt-0"]}), 422)
    assert unknown["errors"] == {"models": ["“gpt-0” isn't in the catalogue."]}
    assert Api(pat).put(f"{POLICY}models/", {"models": [OPUS]}).status_code == 200
    body = {"model": OPUS, "places": 3, "monthly_budget": None}
    assert Api(pat).post(f"{POLICY}capacities/", body).json() == [body]
    assert Capacity.objects.get().places == 3
    assert Api(pat).get(f"{POLICY}capacities/").json() == [body]
    problem_of(Api(pat).post(f"{POLICY}capacities/", {**body, "places": -1}), 422)
    problem_of(Api(pat).post(f"{POLICY}capacities/", {**body, "model": "gpt-0"}), 422)
    problem_of(Api(rita).post(f"{POLICY}capacities/", body), 404)


def test_reviewers_are_listed_added_and_removed(
    policy: Policy, reviewers: Group, pat: User, rita: User
) -> None:
    (group,) = Api(pat).get(f"{POLICY}reviewers/").json()
    assert (group["name"], group["steps"]) == ("Opus reviewers", ["Research review"])
    assert [each["name"] for each in group["members"]] == ["Rita", "Sam"]
    assert group["why_not_change"] is None
    new = confirmed(person("kim"))
    place = f"{POLICY}reviewers/{group['id']}"
    for _ in range(2):
        (added,) = Api(pat).post(f"{place}/add/", {"email": "KIM@example.org"}).json()
        assert [each["name"] for each in added["members"]] == ["Kim", "Rita", "Sam"]
    for _ in range(2):
        (removed,) = Api(pat).post(f"{place}/remove/", {"id": new.pk}).json()
        assert [each["name"] for each in removed["members"]] == ["Rita", "Sam"]
    problem_of(Api(pat).post(f"{place}/add/", {"email": "who@example.org"}), 422)
    problem_of(Api(pat).post(f"{POLICY}reviewers/99999/add/", {"email": "x@example.org"}), 404)
    problem_of(Api(rita).post(f"{place}/remove/", {"id": rita.pk}), 404)


def test_report_that_names_people_is_recorded(policy: Policy, in_review: Any, pat: User) -> None:
    text = b"".join(Api(pat).get(f"{POLICY}report/requests.csv").streaming_content).decode()  # type: ignore[attr-defined]  # of a file
    assert in_review.public_id in text
    assert ReadLogEntry.objects.get().report == "requests.csv"
    assert Api(pat).get(f"{POLICY}report/use.csv").status_code == 200
    assert ReadLogEntry.objects.count() == 1
    problem_of(Api(pat).get(f"{POLICY}report/nothing.csv"), 404)


def test_file_of_others_is_not_even_read(policy: Policy, rita: User) -> None:
    """What it names would be compared with groups and policies that there are."""
    text = file_with(policy, owners="Policy owner")
    for answer in (
        Api(rita).post(f"{API}/policies/", {"file": text}),
        Api(rita).put(FIRST, {"file": text}, headers=tag_of(rita, FIRST)),
    ):
        problem_of(answer, 403)
