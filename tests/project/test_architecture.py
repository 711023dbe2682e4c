"""The layout: who may import whom, and what holds for every table."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db.models import CheckConstraint

from lifecycle.config.env import ROOT
from requests_app.states import MACHINES

# Each may import itself, what is named before it, and `lifecycle`; rooms on one line don't meet.
LAYERS = (
    ("states",),
    ("clock", "key_format", "refusals", "system_reasons"),
    ("throttling",),
    ("models",),
    ("wording",),
    ("rules",),
    ("validation",),
    ("files", "gateway", "issuers", "notices"),
    ("transitions",),
    ("actions",),
    ("policy_files", "reports"),
    ("tasks", "web", "api", "admin", "management", "templatetags"),
)
RANK = {room: rank for rank, layer in enumerate(LAYERS) for room in layer}
UNRANKED = {"apps", "migrations", "__init__"}
SHOWS_GATEWAY_PROBLEMS = {"web"}


def modules(package: str) -> Iterator[Path]:
    return (path for path in (ROOT / package).rglob("*.py") if "migrations" not in path.parts)


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


def room(module: str) -> str:
    """`actions` for `requests_app.actions.keys.keys`."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and parts[0] == "requests_app" else ""


def test_requests_app_imports_point_down() -> None:
    for path in modules("requests_app"):
        mine = path.relative_to(ROOT / "requests_app").parts[0].removesuffix(".py")
        for module in imports(path):
            other = room(module)
            if other in RANK and mine not in UNRANKED and other != mine:
                assert RANK[other] < RANK[mine], f"{path}: {mine} may not import {other}"


def test_every_room_has_its_place() -> None:
    rooms = {path.name.removesuffix(".py") for path in (ROOT / "requests_app").iterdir()}
    assert rooms - UNRANKED - {"__pycache__"} <= set(RANK)


def test_layers_are_those_of_the_documentation() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text()
    (line,) = (line for line in text.splitlines() if line.startswith("`states ←"))
    layers = [set(layer.strip("{}").split(", ")) for layer in line.strip("`").split(" ← ")]
    assert layers == [set(layer) for layer in LAYERS]


def test_lifecycle_never_imports_requests_app() -> None:
    for path in modules("lifecycle"):
        if path.name != "urls.py":
            assert not [m for m in imports(path) if m.startswith("requests_app")], path


def test_gateway_imports_no_django() -> None:
    for path in modules("requests_app/gateway"):
        assert not [m for m in imports(path) if m.split(".")[0] in ("django", "rest_framework")]


def test_only_actions_save_rows() -> None:
    """A door makes one call into an action; it never writes."""
    writes = {"save", "create", "bulk_create", "update_or_create", "get_or_create", "delete"}
    for door in ("web", "api", "admin", "tasks.py"):
        folder = ROOT / "requests_app" / door
        for path in [folder] if folder.is_file() else folder.rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                    owner = ast.unparse(node.func.value)
                    written = node.func.attr in writes and "objects" in owner
                    assert not written, f"{path}:{node.lineno} writes {owner}"


def test_every_state_column_is_checked_by_the_database() -> None:
    checked = {
        constraint.name
        for model in apps.get_app_config("requests_app").get_models()
        for constraint in model._meta.constraints
        if isinstance(constraint, CheckConstraint)
    }
    for machine in MACHINES:
        assert f"{machine.name.replace(' ', '_')}_state_is_known" in checked


def test_every_moment_is_aware_and_nothing_is_set_on_save() -> None:
    """One "now" per action, passed down: no column sets its own."""
    for model in apps.get_app_config("requests_app").get_models():
        for field in model._meta.get_fields():
            assert not getattr(field, "auto_now", False), field
            assert not getattr(field, "auto_now_add", False), field


@pytest.mark.parametrize("package", ["lifecycle", "requests_app"])
def test_every_module_says_what_it_is_for(package: str) -> None:
    for path in modules(package):
        text = path.read_text()
        assert not text or ast.get_docstring(ast.parse(text)), path
