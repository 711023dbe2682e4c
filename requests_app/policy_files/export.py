"""Write policies as YAML files."""

from typing import Any

import yaml
from django.http import HttpResponse

from lifecycle.text.durations import format_duration
from requests_app.models import Condition, PolicyVersion, RequestPart
from requests_app.models.review.policy_input import StepInput, VersionInput
from requests_app.validation.policy_version import version_input_of


class _BlockText(str):
    """Text to be written as a literal block."""


class _Dumper(yaml.SafeDumper):
    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _as_block(dumper: _Dumper, prose: _BlockText) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", prose, style="|")


_Dumper.add_representer(_BlockText, _as_block)


def write(version: PolicyVersion) -> str:
    """Return the version as YAML; reading it back gives the same version."""
    policy, text = version.policy, version_input_of(version)
    models = policy.ai_models.order_by("identifier").values_list("identifier", flat=True)
    values = {
        "slug": policy.slug,
        "name": policy.name,
        "owners": str(policy.owners),
        "models": list(models),
        "max_duration": format_duration(text.max_duration),
        "wait_after_denial": format_duration(text.wait_after_denial),
        **({"country": text.country} if text.country else {}),
        "institution_conflict": text.institution_conflict,
        **_limits_written(text),
        "terms": _BlockText(f"{text.terms}\n") if text.terms else "",
        **_questions_written(text),
        "steps": [_step_written(step) for step in text.steps],
    }
    return yaml.dump(values, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1000)


def download(version: PolicyVersion) -> HttpResponse:
    """Return the version as a file, as `manage.py policy export` writes it."""
    name = f"{version.policy.slug}-v{version.number}.yaml"
    return HttpResponse(
        write(version),
        content_type="application/yaml; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _limits_written(text: VersionInput) -> dict[str, Any]:
    values = {name: most for name, most in vars(text.limits()).items() if most is not None}
    return {"limits": values} if values else {}


def _questions_written(text: VersionInput) -> dict[str, Any]:
    values = [question.as_stored() for question in text.questions]
    for question in values:
        if "only_if" in question:
            question["only_if"] += f" {question.pop('only_is')}"
    return {"questions": values} if values else {}


def _step_written(step: StepInput) -> dict[str, Any]:
    """Return a step without values that are nearly always the same."""
    only = f"{Condition(step.condition).value} {step.condition_value}".strip()
    return {
        "name": step.name,
        **({"condition": only} if step.condition != Condition.ALWAYS else {}),
        "reviewers": str(step.reviewers),
        "quorum": step.quorum,
        "denials_to_fail": step.denials_to_fail,
        "window": format_duration(step.window),
        **({"alternates": str(step.alternates)} if step.alternates else {}),
        "blind": step.blind,
        "allow_repeat_voters": step.allow_repeat_voters,
        **(
            {"rereview_on": list(step.rereview_on)}
            if set(step.rereview_on) != set(RequestPart.values)
            else {}
        ),
    }
