"""Read policies from YAML files, with the line of each problem."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeVar

from django.contrib.auth.models import Group

from lifecycle.catalogue.models import AIModel
from lifecycle.text.durations import DAY, parse_duration
from lifecycle.text.normalization import canonical, one_line
from requests_app.models import Condition
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
from requests_app.validation.policy import policy_problems
from requests_app.validation.policy_version import (
    VersionFinding,
    cleaned,
    problems,
)

MAX_LENGTH = 200_000  # characters of a file that is sent
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


Part = TypeVar("Part")
Expectation = Callable[[PolicyFile], Iterable[VersionFinding]]


def read(text: str, name: str, expected: Expectation) -> PolicyFile:
    """Parse a file. Raises InvalidPolicyFile with all problems.

    `expected` finds what contradicts the policy that it is for.
    """
    groups = {canonical(group.name): group for group in Group.objects.all()}
    return _parsed(text, name, groups, lambda reader: reader.file(expected))


def read_template(
    text: str, name: str, groups: Mapping[str, Group]
) -> tuple[str, str, VersionInput]:
    """Return the title, summary and content of a template. Raises InvalidPolicyFile."""
    return _parsed(text, name, groups, lambda reader: reader.template())


def _parsed(
    text: str, name: str, groups: Mapping[str, Group], build: "Callable[[_Reader], Part]"
) -> Part:
    findings: list[YAMLFinding] = []
    try:
        part = build(_Reader(yaml_positions.read(canonical(text), findings), groups))
    except InvalidYAML as broken:
        raise InvalidPolicyFile(name, [*findings, broken.finding]) from None
    if findings:
        raise InvalidPolicyFile(name, findings)
    return part


class _Reader:
    """Reads a file part by part and keeps the place of each, like `steps.2.window` in actions."""

    def __init__(self, root: YAMLValue, groups: Mapping[str, Group]) -> None:
        self.places = {"": root}
        self.groups = groups
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
        file = PolicyFile(slug, one_line(name), owners, ai_models, _content(values))
        self._refuse_all(_findings_in_file(file))
        self._refuse_all(expected(file))
        return file

    def template(self) -> tuple[str, str, VersionInput]:
        needed = ("title", "summary", "terms", "steps")
        values = self._fields(self.places[""], "", (*needed, *OPTIONAL_FIELDS), needed)
        title, summary = values.pop("title", ""), values.pop("summary", "")
        text = _content(values)
        self._refuse_all(problems(text))
        return title, summary, text

    def _refuse_all(self, findings: Iterable[VersionFinding]) -> None:
        for where, sentence in findings:
            self._refuse(where, sentence)

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


def _content(values: dict[str, Any]) -> VersionInput:
    text = VersionInput(**{"terms": "", "steps": [], **values.pop("limits", {}), **values})
    return cleaned(text)


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
