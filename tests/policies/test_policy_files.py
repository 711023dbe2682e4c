"""Policies as files: what is wrong is named with its line, and what goes out comes back in."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command

from lifecycle.catalogue.models import AIModel
from lifecycle.config.env import ROOT
from lifecycle.people.models import User
from requests_app.actions import policies
from requests_app.actions.policies import StepInput, VersionInput
from requests_app.models import Policy, PolicyVersion, UsageLimits
from requests_app.models.requests.scope import LIMIT_FIELDS
from requests_app.policy_files import export, policy_file
from requests_app.policy_files.expectations import of_the_named_policy
from requests_app.policy_files.yaml_positions import MAX_FINDINGS
from tests.support.policy_pages import group_of

EXAMPLE = ROOT / "docs" / "examples" / "three-steps.yaml"
TEXT = EXAMPLE.read_text()


def policy_command(*args: Any) -> str:
    out = StringIO()
    call_command("policy", *args, stdout=out)
    return out.getvalue()


@pytest.fixture
def people(opus: AIModel, pat: User, lee: User) -> None:
    """The groups of the example, as many people in each as it says."""
    group_of("Triage", "tim", "tia", "tom")
    group_of("Safety reviewers", "sue", "sol", "sid", "san")
    group_of("Leads", "lin", "lou")


@pytest.fixture
def stored(people: None, pat: User) -> PolicyVersion:
    policy_command("import", EXAMPLE, "--as", pat.email)
    return PolicyVersion.objects.get()


def problems(path: Path, text: str) -> list[str]:
    path = path / "bad.yaml"
    path.write_text(text)
    with pytest.raises(CommandError) as refused:
        policy_command("check", path)
    first, *lines = str(refused.value).splitlines()
    assert first.startswith("Nothing was saved.")
    return lines


# What is wrong, and where -----------------------------------------------------------------------

BAD = [
    # An edit of the example, on the line of the problem; what is said of it.
    ("window: 3 days", "window: 3 weeks", "steps[0].window: Enter a number and a unit"),
    ("window: 7 days", "window: 3 days", "steps[1].window: With alternates, the window must be"),
    ("quorum: 2", "quorum: two", "steps[1].quorum: This should be a whole number, not “two”."),
    ("quorum: 2", "quorum: 0", "steps[1].quorum: A step needs 1 to 100 approvals"),
    ("quorum: 2", "quorum: 5", "requires 5 approvals, but Safety reviewers has 4 people"),
    ("quorum: 2", "qorum: 2", "steps[1].qorum: This isn't a field of the file; did you mean “quor"),
    ("quorum: 2", "name: Twice", "steps[1].name: This appears twice. Keep one."),
    ("alternates: Leads", "alternates: lead", "There is no group “lead”; did you mean “Leads”?"),
    ("alternates: Leads", "alternates: Safety reviewers", "The alternates are the reviewers"),
    ("reviewers: Triage", "reviewers: Zebras", "steps[0].reviewers: There is no group “Zebras”."),
    ("reviewers: Triage", "reviewers:", "steps[0].reviewers: This is empty. Fill it in."),
    ("- name: Triage", "- title: Triage", "steps[0].title: This isn't a field of the file."),
    ("blind: true", "blind: maybe", "steps[1].blind: This should be true or false"),
    ("blind: true", "blind: [true]", "steps[1].blind: This should be text"),
    ("condition: longer_than 90", "condition: longer_than", "needs a whole number"),
    ("condition: longer_than 90", "condition: longer 90", "The condition must be one of"),
    (
        "condition: longer_than 90",
        "rereview_on: purpose",
        "steps[2].rereview_on: This should be a list",
    ),
    (
        "condition: longer_than 90",
        "rereview_on: [purposes]",
        "A step must read some of: models, purp",
    ),
    ("name: Lead\n", "name: Triage\n", "steps[2].name: Another step already has this name."),
    ("- claude-3-opus-20240229", "- claude-3-opus", "; did you mean “claude-3-opus-20240229”?"),
    ("- claude-3-opus-20240229", "- Claude Opus 3", "; did you mean “claude-3-opus-20240229”?"),
    (
        "max_duration: 180 days",
        "max_duration: 0 days",
        "max_duration: The longest grant must be 1 to 3650 days.",
    ),
    ("max_duration: 180 days", "country: XX", "country: We don't know the working days of “XX”."),
    ("owners: Policy owners", "owners: Policy owner", "did you mean “Policy owners”?"),
    ("requests_per_minute: 60", "requests_per_minute: 0", "Enter 1 to 100,000 requests per minute"),
    ("requests_per_minute: 60", "requests_per_minute: 100001", "Enter 1 to 100,000 requests per"),
    ("requests_per_minute: 60", "requests_per_minute: many", "should be a whole number"),
    ("requests_per_minute: 60", "requests_per_minute: -1", "should be a whole number"),
    ("requests_per_minute: 60", "requests_a_minute: 60", "requests_a_minute: This isn't a field"),
    ("tokens_per_day: 100000", "tokens_per_day: 10000000001", "limits.tokens_per_day: Enter 1 to"),
    ("tokens_per_day: 100000", "requests_per_minute: 5", "This appears twice. Keep one."),
    ("max_duration: 180 days", "longest: 180 days", "longest: This isn't a field of the file"),
    (
        "max_duration: 180 days",
        "requests_per_day: 5",
        "requests_per_day: This isn't a field of the",
    ),
    ("slug: opus-research", "slug: opus research", "slug: Use only letters"),
    ("slug: opus-research", "slug: *opus", "the file: Write the value out"),
    ("slug: opus-research", "slug: ]", "the file: This isn't valid YAML"),
    ("slug: opus-research", "\tslug: opus", "the file: This isn't valid YAML"),
    ("slug: opus-research", "slug: \x07", "the file: This contains a character that YAML"),
    ("name: Research with Claude Opus 3", "---", "the file: This isn't valid YAML"),
]


@pytest.mark.parametrize(("old", "new", "told"), BAD)
def test_check_names_the_line(people: None, tmp_path: Path, old: str, new: str, told: str) -> None:
    lines = problems(tmp_path, TEXT.replace(old, new, 1))
    line = TEXT.count("\n", 0, TEXT.index(old)) + 1
    (problem,) = (said for said in lines if told in said)
    assert problem.startswith(f"bad.yaml:{line}: ")
    assert not Policy.objects.exists()


def test_check_tells_everything_at_once(people: None, tmp_path: Path) -> None:
    text = TEXT.replace("quorum: 2", "qorum: 2").replace("window: 3 days", "window: soon")
    text = text.replace("denials_to_fail: 1", "denials_to_fail: 0").replace(
        "slug: opus-research\n", ""
    )
    assert [line.split(": ")[1] for line in problems(tmp_path, text)] == [
        "slug", "steps[0].denials_to_fail", "steps[0].window",
        "steps[1].qorum", "steps[1].denials_to_fail", "steps[2].denials_to_fail",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "bad.yaml:1: the file: The file is empty."),
        ("just words", "bad.yaml:1: the file: This should have the fields slug, name,"),
        ("[" * 3000, "bad.yaml:1: the file: "),
        ("steps: [1, [2]]", "bad.yaml:1: steps[0]: This should have the fields name,"),
    ],
)
def test_check_refuses_what_is_no_policy(db: None, tmp_path: Path, text: str, told: str) -> None:
    assert any(line.startswith(told) for line in problems(tmp_path, text))


def test_check_stops_after_a_hundred_problems(people: None, tmp_path: Path) -> None:
    """To suggest a name for each of thousands would take minutes."""
    models = "".join(f"  - claude-{number}\n" for number in range(1_000))
    told = problems(tmp_path, TEXT.replace("models:\n", f"models:\n{models}"))
    assert len(told) == MAX_FINDINGS + 1
    assert sum("There may be more problems. Correct these first." in each for each in told) == 1


def test_check_refuses_a_model_of_another_policy(
    people: None, tmp_path: Path, opus: AIModel, owners: Group, pat: User
) -> None:
    policies.create("other", by=pat, name="Other", owners=owners, ai_models=[opus])
    (line,) = problems(tmp_path, TEXT)
    already = "claude-3-opus-20240229 is already under the policy “Other”"
    assert line.startswith(f"bad.yaml:4: models: {already}")


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_check_refuses_files_that_cannot_be_read(
    db: None, tmp_path: Path, content: bytes | None
) -> None:
    if content:
        (tmp_path / "policy.yaml").write_bytes(content)
    with pytest.raises(CommandError, match=r"policy.yaml (can't be read|isn't UTF-8)"):
        policy_command("check", tmp_path / "policy.yaml")


# The example, out and in ------------------------------------------------------------------------


def test_check_tells_the_example_in_plain_words(people: None) -> None:
    told = policy_command("check", EXAMPLE)
    assert "1. Triage: One approval from Triage within 3 days." in told
    assert (
        "2. Safety review: Two approvals from Safety reviewers within 7 days; "
        "escalates to Leads on day 3.5. One decline ends the request. Votes are hidden" in told
    )
    assert "3. Lead: One approval from Leads" in told
    assert "At most 60 requests per minute and 100,000 tokens per day." in told
    assert "Required only over 90 days." in told
    assert not Policy.objects.exists()


def test_import_makes_the_policy_and_its_draft(stored: PolicyVersion, pat: User) -> None:
    assert (stored.state, stored.number, stored.author) == ("draft", 1, pat)
    assert [ai_model.name for ai_model in stored.policy.ai_models.all()] == ["Claude Opus 3"]
    assert [step.quorum for step in stored.steps.all()] == [1, 2, 1]


def test_export_gives_back_what_was_imported(stored: PolicyVersion) -> None:
    assert policy_command("export", "opus-research") == TEXT


def test_import_twice_makes_no_second_draft(stored: PolicyVersion, lee: User) -> None:
    told = policy_command("import", EXAMPLE, "--as", lee.email)
    assert told == "Research with Claude Opus 3 v1 is already the same. Nothing was saved.\n"
    assert PolicyVersion.objects.count() == 1


def test_import_of_another_text_makes_a_draft(
    stored: PolicyVersion, lee: User, tmp_path: Path
) -> None:
    (tmp_path / "new.yaml").write_text(TEXT.replace("blind: true", "blind: false"))
    told = policy_command("import", tmp_path / "new.yaml", "--as", lee.email)
    assert told.startswith("Research with Claude Opus 3 v2 is drafted.")
    assert policy_command("export", "opus-research") != TEXT
    assert policy_command("export", "opus-research", "--version", "1") == TEXT


def test_import_takes_the_limits(stored: PolicyVersion) -> None:
    assert stored.limits() == UsageLimits(requests_per_minute=60, tokens_per_day=100_000)


LIMITED = "limits:\n  requests_per_minute: 60\n  tokens_per_day: 100000\n"


@pytest.mark.parametrize("limits", ["", "limits:\n", "limits: {}\n", "limits: {spend_cap:}\n"])
def test_import_without_limits_sets_none(
    people: None, pat: User, tmp_path: Path, limits: str
) -> None:
    (tmp_path / "free.yaml").write_text(TEXT.replace(LIMITED, limits))
    policy_command("import", tmp_path / "free.yaml", "--as", pat.email)
    assert PolicyVersion.objects.get().limits() == UsageLimits()
    assert policy_command("export", "opus-research") == TEXT.replace(LIMITED, "")


def test_check_refuses_limits_that_are_one_number(people: None, tmp_path: Path) -> None:
    (line,) = problems(tmp_path, TEXT.replace(LIMITED, "limits: 60\n"))
    assert "limits: This should have the fields requests_per_minute, requests_per_day" in line


def test_export_prefers_the_version_in_force(stored: PolicyVersion, pat: User, lee: User) -> None:
    policies.publish(stored, by=lee)
    policies.draft(stored.policy, VersionInput("Next.", []), by=pat)
    assert policy_command("export", "opus-research") == TEXT


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("name: Research", "name: Search", "is called “Research with Claude Opus 3”"),
        ("owners: Policy owners", "owners: Leads", "is owned by Policy owners. Use that group."),
        ("  - claude-3-opus-20240229", "  []", "The policy covers claude-3-opus-20240229"),
    ],
)
def test_import_changes_no_policy(
    stored: PolicyVersion, tmp_path: Path, old: str, new: str, told: str
) -> None:
    (line,) = problems(tmp_path, TEXT.replace(old, new, 1))
    assert told in line


@pytest.mark.parametrize(
    ("email", "told"),
    [("nobody@example.org", "No account has"), ("tim@example.org", "Only the policy")],
)
def test_import_refuses_strangers(people: None, email: str, told: str) -> None:
    with pytest.raises(CommandError, match=told):
        policy_command("import", EXAMPLE, "--as", email)
    assert not Policy.objects.exists()


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["nope"], "There is no policy “nope”. Existing policies: opus-research."),
        (["opus-research", "--version", "7"], "has no version 7."),
    ],
)
def test_export_says_what_is_missing(stored: PolicyVersion, args: list[str], told: str) -> None:
    with pytest.raises(CommandError) as refused:
        policy_command("export", *args)
    assert told in str(refused.value)


NASTY = [
    "", "x", "# not a comment", "- a\n- b", "  indented\n first", "a \nb", "é 模型 🙂", "a: b",
    "tab\tin it", "back\\slash \"quoted\" 'too'", "\u2028", "one\n\n\ntwo", "no", "|", "%x",
]  # fmt: skip


@pytest.mark.parametrize("terms", NASTY)
def test_any_terms_come_back_as_they_went_out(
    policy: Policy, reviewers: Group, pat: User, terms: str
) -> None:
    step = StepInput("NO", reviewers, condition="first_request", rereview_on=["purpose", "dates"])
    version = policies.draft(policy, VersionInput(terms, [step], country="NO"), by=pat)
    written = export.write(version)
    text = policy_file.read(written, "opus.yaml", of_the_named_policy).text
    again, is_new = policies.import_version(
        "opus", text, by=pat, name="", owners=policy.owners,
        ai_models=[],
    )  # fmt: skip
    assert (again, is_new) == (version, False)
    assert yaml.safe_load(written)["country"] == "NO"


def test_docs_say_every_field_of_a_file() -> None:
    page = (ROOT / "docs" / "policies.md").read_text()
    for name in (
        *policy_file.REQUIRED_FIELDS,
        *policy_file.OPTIONAL_FIELDS,
        *policy_file.STEP_FIELDS,
        *LIMIT_FIELDS,
    ):
        assert f"| `{name}` |" in page
