"""Policies to begin with: files in the folder beside this one, in which roles stand for groups."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import yaml
from django.contrib.auth.models import Group

from requests_app.models.review.policy_input import StepInput, VersionInput
from requests_app.policy_files import policy_file

FOLDER = Path(__file__).parent / "templates"
FILES = ("one-reviewer", "three-steps", "fast-lane")  # as they are offered


@dataclass(frozen=True)
class PolicyTemplate:
    """A first draft; the names of its groups are roles, for which the owners choose groups."""

    key: str
    title: str
    summary: str
    draft: VersionInput

    @property
    def roles(self) -> list[str]:
        """Return the roles in the order of the steps, each once."""
        pairs = ((step.reviewers, step.alternates) for step in self.draft.steps)
        return list(dict.fromkeys(group.name for pair in pairs for group in pair if group))

    def steps_of(self, role: str) -> list[str]:
        """Return the steps that the role decides, or is called for."""
        decided = [step.name for step in self.draft.steps if step.reviewers.name == role]
        called = [s.name for s in self.draft.steps if s.alternates and s.alternates.name == role]
        return [*decided, *(f"{name} (alternates)" for name in called)]

    def text(self, groups: Mapping[str, Group]) -> VersionInput:
        """Return the draft with a group for each role."""

        def chosen(step: StepInput) -> StepInput:
            alternates = step.alternates and groups[step.alternates.name]
            return replace(step, reviewers=groups[step.reviewers.name], alternates=alternates)

        return replace(self.draft, steps=[chosen(step) for step in self.draft.steps])


@cache
def all_templates() -> Mapping[str, PolicyTemplate]:
    """Return the templates by their keys. Raises InvalidPolicyFile."""
    return {key: _read(key) for key in FILES}


def _read(key: str) -> PolicyTemplate:
    text = (FOLDER / f"{key}.yaml").read_text("utf-8")
    steps = yaml.safe_load(text)["steps"]
    roles = {
        step[field] for step in steps for field in ("reviewers", "alternates") if field in step
    }
    groups = {role: Group(name=role) for role in roles}
    return PolicyTemplate(key, *policy_file.read_template(text, f"{key}.yaml", groups))
