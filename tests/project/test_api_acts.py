"""Each act of the pages and the desk has its call of the API, or its reason why not."""

import ast
import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path

from lifecycle.config.env import ROOT
from requests_app.api.views.schema import description
from requests_app.management import api_acts

ACTIONS = "requests_app.actions."
DOORS = ("web", "admin")
# What pages ask before somebody acts.
QUESTIONS = ("why_", "check", "may_", "refuse", "too_large", "subject_name", "described")


def imported(tree: ast.Module) -> dict[str, str]:
    """The names of what comes from the actions, and where each is."""
    return {
        name.asname or name.name: f"{node.module}.{name.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and f"{node.module}.".startswith(ACTIONS)
        for name in node.names
    }


def used(path: Path) -> Iterator[str]:
    tree = ast.parse(path.read_text())
    names = imported(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if node.value.id in names:
                yield f"{names[node.value.id]}.{node.attr}"
        elif isinstance(node, ast.Name) and node.id in names:
            yield names[node.id]


def is_act(dotted: str) -> bool:
    module, _, name = dotted.rpartition(".")
    if name.startswith(QUESTIONS):
        return False
    try:
        return inspect.isfunction(getattr(importlib.import_module(module), name))
    except ModuleNotFoundError:  # a class's method
        return False


def acts() -> set[str]:
    paths = (path for door in DOORS for path in (ROOT / "requests_app" / door).rglob("*.py"))
    found = {dotted for path in paths for dotted in used(path) if is_act(dotted)}
    return {dotted.removeprefix(ACTIONS) for dotted in found}


def test_every_act_of_pages_and_desk_has_a_call_or_a_reason() -> None:
    assert acts() == set(api_acts.ACTS)


def test_every_call_that_an_act_names_is_described() -> None:
    described = {
        f"{verb.upper()} {path.removeprefix('/api/v1/')}"
        for path, operations in description()["paths"].items()
        for verb in operations
    }
    named = {call for answer in api_acts.ACTS.values() for call in api_acts.calls(answer)}
    assert named <= described
