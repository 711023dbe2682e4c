"""Read policies from YAML files, with the line of each problem."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from django.contrib.auth.models import Group

from lifecycle.catalogue.models import AIModel
from lifecycle.text.durations import DAY, parse_duration
from lifecycle.text.normalization import canonical, one_line
from requests_app.models import Condition, Policy
from requests_app.models.requests.scope import LIMIT_FIELDS
from requests_app.models.review.policy_input import StepInput, VersionInput
from requests_app.models.review.question import Question
from requests_app.policy_files import yaml_positions
from requests_app.policy_files.yaml_positions import (
    InvalidYAML,
    YAMLFinding,
    YAMLValue,
    did_you_mean,
    shortened,
)
from requests_app.validation.policy import models_of_other_policies, policy_problems
from requests_app.validation.policy_version import (
    VersionFinding,
    cleaned,
    problems,
    undecidable,
)

REQUIRED_FIELDS = ("slug", "name", "owners", "models", "terms", "steps")
OPTIONAL_FIELDS = (
    "max_duration",
    "wait_after_denial",
    "country",
    "institution_conflict",
    "limits",
    "questions",
)
COMBINED_FIELDS = {"condition_value": "condition", "only_is": "only_if", "ai_models": "models"}
STEP_REQUIRED_FIELDS = ("name", "reviewers")
QUESTION_REQUIRED_FIELDS = ("key", "label")
QUESTION_FIELDS = [field.name for field in fields(Question) if field.name != "only_is"]
STEP_FIELDS = [field.name for field in fields(StepInput) if field.name != "condition_value"]


class InvalidPolicyFile(Exception):
    """A refused file; every problem names its line."""

    def __init__(self, name: str, findings: Iterable[YAMLFinding]) -> None:
        self.findings = sorted(findings)
        self.problems = [f"{name}:{line}: {path}: {values}" for line, path, values in self.findings]
        super().__init__("\n".join(self.problems))


@dataclass(frozen=True)
class PolicyFile:
    """A valid file: a policy and the content of a version."""

    slug: str
    name: str
    owners: Group
    ai_models: list[AIModel]
    text: VersionInput


Expectation = Callable[[PolicyFile], Iterable[VersionFinding]]


def read(text: str, name: str, expected: Expectation | None = None) -> PolicyFile:
    """Parse a file. Raises InvalidPolicyFile with all problems.

    `expected` finds what contradicts the policy that it is for: by default the one that it names.
    """
    findings: list[YAMLFinding] = []
    try:
        reader = _Reader(yaml_positions.read(canonical(text), findings))
        file = reader.file(expected or of_the_named_policy)
    except InvalidYAML as broken:
        raise InvalidPolicyFile(name, [broken.finding]) from None
    if findings:
        raise InvalidPolicyFile(name, findings)
    return file


class _Reader:
    """Reads a file part by part and keeps the place of each, like `steps.2.window` in actions."""

    def __init__(self, root: YAMLValue) -> None:
        self.places = {"": root}
        self.groups = {canonical(group.name): group for group in Group.objects.all()}
        self.read: Mapping[str, Callable[[YAMLValue], Any]] = {
            "max_duration": _length,
            "wait_after_denial": _length,
            "window": _length,
            "institution_conflict": YAMLValue.switch,
            "blind": YAMLValue.switch,
            "allow_repeat_voters": YAMLValue.switch,
            "quorum": YAMLValue.whole,
            "denials_to_fail": YAMLValue.whole,
            **dict.fromkeys(LIMIT_FIELDS, YAMLValue.whole),
            "limits": lambda value: self._fields(value, "limits.", LIMIT_FIELDS, ()),
            "owners": self._group,
            "reviewers": self._group,
            "alternates": self._group,
            "models": lambda value: list(self._models(value)),
            "rereview_on": lambda value: [item.text() for item in value.items()],
            "steps": lambda value: [*map(self._step, value.items(), range(1, 1000))],
            "questions": lambda value: [*map(self._question, value.items(), range(1, 1000))],
            "required": YAMLValue.switch,
            "words": YAMLValue.whole,
            "choices": lambda value: tuple(item.text() for item in value.items()),
        }

    def file(self, expected: Expectation) -> PolicyFile:
        values = self._fields(
            self.places[""], "", (*REQUIRED_FIELDS, *OPTIONAL_FIELDS), REQUIRED_FIELDS
        )
        slug, name = values.pop("slug", ""), values.pop("name", "")
        owners, ai_models = values.pop("owners", Group()), values.pop("models", [])
        text = VersionInput(**{"terms": "", "steps": [], **values.pop("limits", {}), **values})
        file = PolicyFile(slug, one_line(name), owners, ai_models, cleaned(text))
        for where, sentence in (*_findings_in_file(file), *expected(file)):
            self._refuse(where, sentence)
        return file

    def _fields(
        self, value: YAMLValue, prefix: str, known: Iterable[str], needed: Iterable[str]
    ) -> dict[str, Any]:
        found = value.fields(tuple(known), needed)
        self.places |= {f"{prefix}{name}": part for name, part in found.items()}
        return {name: self.read.get(name, YAMLValue.text)(part) for name, part in found.items()}

    def _step(self, value: YAMLValue, position: int) -> StepInput:
        self.places[f"steps.{position}"] = value
        values = self._fields(value, f"steps.{position}.", STEP_FIELDS, STEP_REQUIRED_FIELDS)
        condition, _, number = values.pop("condition", Condition.ALWAYS.value).partition(" ")
        defaults = {"name": f"step {position}", "reviewers": Group()}
        return StepInput(
            **{**defaults, **values}, condition=condition, condition_value=number.strip()
        )

    def _question(self, value: YAMLValue, position: int) -> Question:
        self.places[f"questions.{position}"] = value
        values = self._fields(
            value, f"questions.{position}.", QUESTION_FIELDS, QUESTION_REQUIRED_FIELDS
        )
        only_if, _, only_is = values.pop("only_if", "").partition(" ")
        defaults = {"key": f"question_{position}", "label": f"Question {position}"}
        return Question(**{**defaults, **values}, only_if=only_if, only_is=only_is.strip())

    def _group(self, value: YAMLValue) -> Group:
        name = value.text()
        if name not in self.groups:
            value.refuse(f"There is no group “{shortened(name)}”{did_you_mean(name, self.groups)}")
        return self.groups.get(name, Group(name=name))

    def _models(self, value: YAMLValue) -> Iterator[AIModel]:
        known = {ai_model.identifier: ai_model for ai_model in AIModel.objects.all()}
        names = {ai_model.name: ai_model.identifier for ai_model in known.values()}
        seen: set[str] = set()
        for item in value.items():
            written = item.text()
            if written in seen:
                item.refuse("This appears twice. Keep one.")
            elif written in known:
                yield known[written]
            else:
                close = did_you_mean(names.get(written, written), known)
                item.refuse(f"There is no model “{shortened(written)}” in the catalogue{close}")
            seen.add(written)

    def _refuse(self, where: str, sentence: str) -> None:
        """Add a problem at the value, or at what should contain it."""
        for named, written in COMBINED_FIELDS.items():
            where = where.replace(named, written)
        where = f"limits.{where}" if where in LIMIT_FIELDS else where
        parent, _, name = where.rpartition(".")
        if where in self.places:
            self.places[where].refuse(sentence)
        else:
            self.places.get(parent, self.places[""]).refuse(sentence, under=name)


def _length(value: YAMLValue) -> Any:
    try:
        return parse_duration(value.text())
    except ValueError as error:
        value.refuse(str(error))
        return DAY


def _findings_in_file(file: PolicyFile) -> Iterator[tuple[str, str]]:
    """Yield what the actions would refuse."""
    yield from policy_problems(file.slug, file.name)
    yield from problems(file.text)


# What a file is for -----------------------------------------------------------------------------


def of_the_named_policy(file: PolicyFile) -> Iterator[VersionFinding]:
    """Expect a new policy, or what is stored of the one with its short name; ready to publish."""
    yield from undecidable(file.text)
    policy = Policy.objects.filter(slug=file.slug).select_related("owners").first()
    yield from models_of_other_policies(file.ai_models, policy)
    if policy:
        yield from _unlike(policy, file)


def of_a_new_policy(file: PolicyFile) -> Iterator[VersionFinding]:
    """Expect a short name that is free, and say nothing of a policy that has it."""
    yield from models_of_other_policies(file.ai_models)
    if Policy.objects.filter(slug=file.slug).exists():
        yield "slug", f"Another policy already uses the short name “{shortened(file.slug)}”."


def of_policy(policy: Policy) -> Expectation:
    """Expect a version of this policy."""

    def expected(file: PolicyFile) -> Iterator[VersionFinding]:
        if file.slug != policy.slug:
            yield "slug", f"The short name of this policy is “{policy.slug}”."
        else:
            yield from _unlike(policy, file)

    return expected


def _unlike(policy: Policy, file: PolicyFile) -> Iterator[tuple[str, str]]:
    """Yield differences in what isn't versioned and is changed on the policy's page only."""
    if file.name != policy.name:
        yield "name", f"The policy “{policy.slug}” is called “{policy.name}”. Use that name."
    if file.owners != policy.owners:
        yield "owners", f"The policy “{policy.slug}” is owned by {policy.owners}. Use that group."
    here = sorted(policy.ai_models.values_list("identifier", flat=True))
    if sorted(ai_model.identifier for ai_model in file.ai_models) != here:
        listed = ", ".join(here) or "no models"
        yield (
            "models",
            f"The policy covers {listed}. Change that on the review desk first.",
        )
