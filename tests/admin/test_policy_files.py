"""Policies as YAML on the desk: out as a file, in by pasting or uploading, all or nothing."""

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions import policies
from requests_app.actions.policies import VersionInput
from requests_app.models import Event, Policy, PolicyVersion
from requests_app.policy_files import export
from requests_app.policy_files.policy_file import MAX_LENGTH
from requests_app.validation.policy_version import version_input_of
from tests.conftest import person
from tests.support.policy_pages import (
    POLICIES,
    VERSIONS,
    as_person,
    draft_of_two_steps,
    group_of,
    page_text,
)

NEW = f"{POLICIES}add/file/"


@pytest.fixture
def version(policy: Policy, reviewers: Group, pat: User) -> PolicyVersion:
    safety = group_of("Safety reviewers", "sue", "sol")
    return draft_of_two_steps(policy, reviewers, safety, by=pat)


@pytest.fixture
def text(version: PolicyVersion) -> str:
    return export.write(version)


def own(version: PolicyVersion) -> str:
    return f"{VERSIONS}{version.pk}/import/"


def send(who: User, address: str, text: str, **more: Any) -> Any:
    client = as_person(who)
    shown = client.get(address).context["form"]["shown"].value() or ""
    return client.post(address, {"text": text, "shown": shown, **more})


# Out --------------------------------------------------------------------------------------------


def test_version_is_downloaded_as_the_command_exports_it(
    version: PolicyVersion, text: str, pat: User
) -> None:
    answer = as_person(pat).get(f"{VERSIONS}{version.pk}/file.yaml")
    assert answer.content.decode() == text
    assert answer["Content-Type"] == "application/yaml; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="opus-v2.yaml"'


def test_reviewers_download_what_they_decide_under_and_no_draft(
    version: PolicyVersion, policy: Policy, rita: User
) -> None:
    assert as_person(rita).get(f"{VERSIONS}{policy.current.pk}/file.yaml").status_code == 200
    assert as_person(rita).get(f"{VERSIONS}{version.pk}/file.yaml").status_code == 404


# Into this draft --------------------------------------------------------------------------------


def test_draft_is_replaced_by_what_was_pasted(version: PolicyVersion, text: str, lee: User) -> None:
    changed = text.replace("name: Safety", "name: Sécurité").replace("quorum: 2", "quorum: 1")
    answer = send(lee, own(version), changed.replace("\n", "\r\n"))
    assert answer["Location"] == f"{VERSIONS}{version.pk}/change/"
    version.refresh_from_db()
    assert [step.name for step in version.steps.all()] == ["Triage", "Sécurité"]
    assert version.author == lee


def test_page_begins_with_what_the_draft_says(version: PolicyVersion, text: str, pat: User) -> None:
    page = as_person(pat).get(own(version))
    assert page.context["form"]["text"].value() == text
    events = Event.objects.count()
    send(pat, own(version), text)
    assert Event.objects.count() == events, "unchanged text changes nothing"


def test_uploaded_file_takes_the_place_of_the_text(
    version: PolicyVersion, text: str, pat: User
) -> None:
    content = b"\xef\xbb\xbf" + text.replace("Cite us.", "Cite us, please.").encode()
    upload = SimpleUploadedFile("any name.yml", content)
    assert send(pat, own(version), "x" * (MAX_LENGTH + 1), upload=upload).status_code == 302
    version.refresh_from_db()
    assert version.terms == "Cite us, please."


@pytest.mark.parametrize(
    ("old", "new", "line", "sentence"),
    [
        ("quorum: 2", "quorum: two", "quorum: two", "This should be a whole number, not “two”."),
        ("window: 7 days", "window: soon", "window: soon", "Enter a number and a unit"),
        ("slug: opus", "slug: other", "slug: other", "The short name of this policy is “opus”."),
        ("name: Opus 3", "name: Mine", "name: Mine", "is called “Opus 3”. Use that name."),
        ("steps:", "steps: [", "", "This isn&#x27;t valid YAML"),
        ("terms:", "<b>:", "<b>: |", "This isn&#x27;t a field of the file."),
    ],
)
def test_bad_file_is_refused_with_its_lines_and_kept_as_typed(
    version: PolicyVersion, text: str, pat: User, old: str, new: str, line: str, sentence: str
) -> None:
    assert old in text
    bad = text.replace(old, new, 1)
    for button in ({}, {"check": "1"}):
        answer = send(pat, own(version), bad, **button)
        assert answer.status_code == 422
        faults = answer.context["form"].faults
        assert any(fault.line.strip().startswith(line) for fault in faults)
        assert sentence in answer.content.decode()
        assert answer.context["form"]["text"].value() == bad
        assert "<b>" not in answer.content.decode()
    version.refresh_from_db()
    assert version_input_of(version).steps[1].quorum == 2


def test_all_faults_are_listed_at_once(version: PolicyVersion, text: str, pat: User) -> None:
    bad = text.replace("quorum: 2", "quorum: two").replace("window: 7 days", "window: soon")
    numbers = [fault.number for fault in send(pat, own(version), bad).context["form"].faults]
    lines = bad.split("\n")
    assert [lines[number - 1].strip() for number in numbers] == [
        "window: soon",
        "quorum: two",
        "window: soon",
    ]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\xff\xfe", "The file isn't UTF-8 (byte 0). Save it as UTF-8."),
        (b"x" * (MAX_LENGTH + 1), "Use at most 200,000 characters."),
        (b"", "The submitted file is empty."),
        (b"\n" * 9, "The file is empty."),
        (b"a: &x [1]\nb: *x", "aliases (*) aren't supported"),
    ],
)
def test_odd_upload_is_refused(
    version: PolicyVersion, text: str, pat: User, content: bytes, sentence: str
) -> None:
    answer = send(pat, own(version), text, upload=SimpleUploadedFile("x.yaml", content))
    assert answer.status_code == 422
    assert sentence in page_text(answer)
    assert version_input_of(version).terms == "Cite us."


def test_check_says_what_would_change_and_stores_nothing(
    version: PolicyVersion, text: str, pat: User
) -> None:
    events = Event.objects.count()
    changed = text.replace("quorum: 2", "quorum: 5")
    answer = send(pat, own(version), changed, check="1")
    assert answer.status_code == 200
    shown = page_text(answer)
    assert "Five approvals from Safety reviewers within 7 days." in shown
    assert "requires 5 approvals, but Safety reviewers has 2 people" in shown
    assert '<td class="old" data-label="Saved">2</td>' in shown
    assert Event.objects.count() == events


def test_file_never_overwrites_what_somebody_else_saved_meanwhile(
    version: PolicyVersion, text: str, pat: User, lee: User
) -> None:
    client = as_person(pat)
    shown = client.get(own(version)).context["form"]["shown"].value()
    policies.edit(version, VersionInput("Lee's.", version_input_of(version).steps), by=lee)
    mine = {"text": text.replace("Cite us.", "Pat's."), "shown": shown}
    answer = client.post(own(version), mine)
    assert answer.status_code == 409
    assert "Someone has changed this draft since you opened it." in page_text(answer)
    assert answer.context["form"]["text"].value() == mine["text"]
    assert '<td class="old" data-label="Saved">Lee' in page_text(answer)
    saved = client.post(own(version), {**mine, "over": answer.context["over"]})
    assert saved.status_code == 302
    version.refresh_from_db()
    assert version.terms == "Pat's."


def test_published_version_never_changes_by_a_file(policy: Policy, pat: User) -> None:
    current = policy.current
    text = export.write(current).replace("Use it for", "Anything but")
    page = as_person(pat).get(own(current))
    assert "This policy version is published" in page_text(page)
    assert send(pat, own(current), text).status_code == 409
    current.refresh_from_db()
    assert current.terms == "Use it for research."


# A new draft, and a new policy ------------------------------------------------------------------


def test_file_becomes_the_next_draft_once(policy: Policy, pat: User) -> None:
    address = f"{POLICIES}{policy.pk}/import/"
    text = as_person(pat).get(address).context["form"]["text"].value()
    assert text == export.write(policy.current)
    changed = text.replace("quorum: 1", "quorum: 2")
    answer = send(pat, address, changed)
    draft = policy.versions.get(number=2)
    assert answer["Location"] == f"{VERSIONS}{draft.pk}/change/"
    assert draft.steps.get().quorum == 2
    again = send(pat, address, changed)
    assert again.status_code == 409
    assert "Version 2 is already a draft. Edit that one." in page_text(again)


def test_file_makes_a_policy_with_its_first_draft(
    policy: Policy, text: str, opus: AIModel, pat: User
) -> None:
    changed = text.replace("slug: opus", "slug: second").replace(f"  - {opus.identifier}\n", "")
    changed = changed.replace("models:\n", "models: []\n")
    answer = send(pat, NEW, changed)
    made = Policy.objects.get(slug="second")
    assert answer["Location"] == f"{VERSIONS}{made.versions.get().pk}/change/"
    assert made.versions.get().steps.count() == 2


def test_file_for_a_new_policy_tells_nothing_of_the_one_that_has_its_name(
    policy: Policy, text: str, pat: User
) -> None:
    stranger = person("stranger", staff=True)
    stranger.groups.add(Group.objects.create(name="Others"))
    other = text.replace("owners: Policy owners", "owners: Others").replace("Opus 3", "A guess")
    answer = send(stranger, NEW, other)
    assert answer.status_code == 422
    shown = page_text(answer)
    assert "Another policy already uses the short name “opus”." in shown
    assert "Use that group" not in shown
    assert "Use that name" not in shown
    assert Policy.objects.count() == 1


def test_file_for_a_new_policy_is_for_its_owners(policy: Policy, text: str, pat: User) -> None:
    stranger = person("stranger", staff=True)
    assert as_person(stranger).get(NEW).status_code == 403
    assert as_person(stranger).post(NEW, {"text": text}).status_code == 403
    stranger.groups.add(Group.objects.create(name="Others"))
    new = text.replace("slug: opus", "slug: second").replace("- claude-3-opus-20240229", "[]")
    answer = send(stranger, NEW, new.replace("models:\n  []", "models: []"))
    assert answer.status_code == 403
    assert "Only the policy's owners can create it." in page_text(answer)
    assert Policy.objects.count() == 1
