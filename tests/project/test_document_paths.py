"""Every path, link and name of code in the documents is there; CHANGELOG.md tells of the past."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from lifecycle.config.env import ROOT

PAGES = sorted(
    str(path.relative_to(ROOT))
    for pattern in ("*.md", "docs/*.md", "docker/**/*.md")
    for path in ROOT.glob(pattern)
    if path.name != "CHANGELOG.md"
)
CODE = ("requests_app", "lifecycle", "bench", "demo", "translating")
SEARCHED = (*CODE, "docker", "templates", "tests")
FOLDERS = (ROOT, ROOT / "requests_app", ROOT / "lifecycle", ROOT / "docker" / "gateway")
BLOCK = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
QUOTED = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
PATH = re.compile(r"[\w.-]+(?:/[\w.-]+)*/?")
FILE = re.compile(r"\w\.(?:py|md|html|ya?ml|json|po|conf|lua|sh|svg|webp)$")
NAME = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")
# What running or deploying makes, and what isn't a path.
NOT_KEPT = {
    "var/",
    "var/screenshots",
    "docker/.env",
    "nginx.conf",
    "application/json",
    "application/yaml",
}
# Of PostgreSQL and Docker; and keys that are examples.
NOT_OURS = re.compile(r"CREATEDB|emeritus_(?:postgres|files)|em[a-z]_\w{36}")


def quoted(page: str) -> list[str]:
    return QUOTED.findall(BLOCK.sub("", (ROOT / page).read_text()))


@cache
def texts() -> dict[Path, str]:
    files = (path for folder in SEARCHED for path in (ROOT / folder).rglob("*") if path.is_file())
    kept = {path: path.read_text() for path in files if path.suffix not in (".md", ".pyc", ".mo")}
    others = (".env.example", "Makefile", "pyproject.toml")
    return kept | {ROOT / name: (ROOT / name).read_text() for name in others}


@cache
def words() -> frozenset[str]:
    return frozenset(word for text in texts().values() for word in re.findall(r"\w+", text))


@cache
def file_names() -> frozenset[str]:
    return frozenset(path.name for path in texts())


def is_path(text: str) -> bool:
    return bool(PATH.fullmatch(text)) and ("/" in text or bool(FILE.search(text)))


def exists(path: str, page: str) -> bool:
    """From the top, from one of the packages or beside the page; a bare name is somewhere."""
    folders = (*FOLDERS, (ROOT / page).parent)
    return path in file_names() or any((folder / path).exists() for folder in folders)


@pytest.mark.parametrize("page", PAGES)
def test_every_path_is_there(page: str) -> None:
    named = {text for text in quoted(page) if is_path(text)} - NOT_KEPT
    assert [path for path in sorted(named) if not exists(path, page)] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str) -> None:
    links = {link for link in LINK.findall((ROOT / page).read_text()) if "://" not in link}
    assert [link for link in sorted(links) if not ((ROOT / page).parent / link).exists()] == []


def names(page: str) -> Iterator[str]:
    for text in quoted(page):
        name = text.removesuffix("()")
        if NAME.fullmatch(name) and not is_path(text) and not NOT_OURS.fullmatch(name):
            yield name


@pytest.mark.parametrize("page", PAGES)
def test_every_name_is_in_the_code(page: str) -> None:
    parts = {part for name in names(page) for part in name.split(".")}
    assert parts - words() == set()


@cache
def members() -> dict[str, set[str]]:
    """What each module and each class of ours has, by its last name."""
    found: dict[str, set[str]] = {}
    for path in (path for folder in CODE for path in (ROOT / folder).rglob("*.py")):
        tree = ast.parse(path.read_text())
        found.setdefault(path.stem, set()).update(defined(tree))
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                found.setdefault(node.name, set()).update(defined(node))
    return found


def defined(node: ast.Module | ast.ClassDef) -> Iterator[str]:
    for each in node.body:
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield each.name
        elif isinstance(each, ast.Assign | ast.AnnAssign):
            targets = each.targets if isinstance(each, ast.Assign) else [each.target]
            yield from (target.id for target in targets if isinstance(target, ast.Name))


def is_code_of_event_or_permission(name: str) -> bool:
    return any(f'"{name}"' in text for text in texts().values())


@pytest.mark.parametrize("page", PAGES)
def test_every_member_is_defined_where_the_page_says(page: str) -> None:
    """`permissions.check` is a function of a module `permissions`."""
    for name in names(page):
        owner, _, member = name.rpartition(".")
        if owner in members() and not is_code_of_event_or_permission(name):
            assert member in members()[owner], f"{page} names {name}"


def test_the_walk_finds_what_is_missing() -> None:
    """It could fail."""
    assert is_path("rules/heads.py")
    assert not exists("rules/heads.py", "README.md")
    assert exists("rules/quorum.py", "README.md")
    assert "approve" in members()["votes"]
    assert "bless" not in members()["votes"]
    assert "EmeritusHasNoSuchName" + "Anywhere" not in words()
