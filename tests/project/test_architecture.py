"""The layout: who may import whom, and what holds for every table."""

import ast
import re
from collections import Counter
from collections.abc import Collection, Iterator
from graphlib import TopologicalSorter
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
MAX_LOOSE_MODULES = 10
MAX_FILES = 15
MAX_LINES = 40


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


def parts_of(package: Path) -> set[str]:
    """Its folders where it is divided into some, else its modules."""
    folders = {path.parent.name for path in package.glob("*/__init__.py")}
    modules = {path.stem for path in package.glob("*.py")} - {"__init__"}
    return folders or modules


def test_parts_of_packages_are_those_of_the_documentation() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text()
    rows = re.findall(r"^\| `([\w/]+)/` \| .*?`(\w+(?: \w+)+)` \|$", text, re.MULTILINE)
    assert len(rows) > 5
    for package, parts in rows:
        folder = ROOT / package if package == "lifecycle" else ROOT / "requests_app" / package
        assert set(parts.split()) == parts_of(folder), package


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


# What changes rows, whichever object it is called on.
WRITES = {
    *("save", "create", "bulk_create", "get_or_create", "update_or_create", "update", "delete"),
    *("atomic", "record_event", "move"),
}


def called_names(node: ast.AST) -> set[str]:
    """The last names of everything that is called or decorates, as in `transaction.atomic`."""
    used = [call.func for call in ast.walk(node) if isinstance(call, ast.Call)]
    used += [mark for mark in getattr(node, "decorator_list", []) if isinstance(mark, ast.expr)]
    return {ast.unparse(name).rpartition(".")[2] for name in used}


def test_every_module_of_actions_writes() -> None:
    """It has a public function that changes rows, or that calls one of `actions` that does."""
    calls = {
        path: {node.name: called_names(node) for node in functions_in(path)}
        for path in modules("requests_app/actions")
        if path.name != "__init__.py"
    }
    writers = set(WRITES)
    for _ in calls:  # as often as there are modules: no chain of calls is longer
        writers |= {name for each in calls.values() for name in each if each[name] & writers}
    for path, each in calls.items():
        assert {name for name in each if not name.startswith("_")} & writers, f"{path} only reads"


def functions_in(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_rooms_are_small() -> None:
    loose = [path for path in (ROOT / "requests_app").glob("*.py") if path.name != "__init__.py"]
    assert len(loose) <= MAX_LOOSE_MODULES
    rooms = Counter(path.parent for path in modules("requests_app"))
    assert {room: count for room, count in rooms.items() if count > MAX_FILES} == {}


def test_functions_are_short() -> None:
    for path in (*modules("requests_app"), *modules("lifecycle")):
        for node in functions_in(path):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            assert lines <= MAX_LINES, f"{path}: {node.name} has {lines} lines"


def test_no_modules_import_each_other_in_a_circle() -> None:
    """Wherever the import stands: in a function and for type checkers too."""
    paths = {dotted(path): path for app in ("lifecycle", "requests_app") for path in modules(app)}
    graph = {name: set(imported(path, paths)) - {name} for name, path in paths.items()}
    TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle


def dotted(path: Path) -> str:
    """`requests_app.models` for `requests_app/models/__init__.py`."""
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    return name.removesuffix(".__init__")


def imported(path: Path, known: Collection[str]) -> Iterator[str]:
    """The modules that it names: of `from a import b` it is `a.b` where that is one, else `a`."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module in known:
            names = {f"{node.module}.{name.name}" for name in node.names}
            yield from names & set(known)
            if names - set(known):
                yield node.module
        elif isinstance(node, ast.Import):
            yield from {name.name for name in node.names} & set(known)


def test_every_state_column_is_checked_by_the_database() -> None:
    checked = {
        constraint.name
        for app in ("requests_app", "voice")
        for model in apps.get_app_config(app).get_models()
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
        assert ast.get_docstring(ast.parse(path.read_text())), path
