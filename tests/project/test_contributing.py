"""CONTRIBUTING.md: its links lead to what they name, and its lists of files are complete."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from lifecycle.config.env import ROOT

TEXT = (ROOT / "CONTRIBUTING.md").read_text()
SEARCHED = ("bench", "demo", "docs", "lifecycle", "locale", "requests_app", "static", "templates")
NOT_TEXT = {".mo", ".pyc", ".webp", ".woff2"}
LISTED = re.compile(r"^- \[(.+?)\]\((.+?)\): ", re.MULTILINE)
SYMBOL = re.compile(r"\[`(\w+)`\]\((.+?\.py)\)")
# How many files each takes: of code and templates, and of documents and translations.
MAX_FILES = {
    "A notice": (4, 3),
    "An endpoint": (3, 1),
    "A policy condition": (4, 1),
    "A catalogue column": (7, 1),
    "A page": (5, 1),
}


def section(title: str) -> str:
    return TEXT.partition(f"\n### {title}\n")[2].partition("\n### ")[0]


def files_of(title: str) -> list[str]:
    return [address for _, address in LISTED.findall(section(title))]


def example_of(title: str) -> list[str]:
    """The names by which the example is known in the code."""
    (line,) = re.findall(r"^Example: (.+)$", section(title), re.MULTILINE)
    names = re.findall(r"`(.+?)`", line)
    assert names
    return [name.removeprefix("/") for name in names]


@cache
def searched_files() -> dict[str, str]:
    paths = (path for folder in SEARCHED for path in (ROOT / folder).rglob("*"))
    texts = (path for path in paths if path.is_file() and path.suffix not in NOT_TEXT)
    return {str(path.relative_to(ROOT)): path.read_text() for path in texts}


def mentioning(names: list[str]) -> Iterator[str]:
    named = re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, names))})(?![\w-])")
    for path, text in searched_files().items():
        if named.search(text) or Path(path).stem in names:
            yield path


@pytest.mark.parametrize("title", MAX_FILES)
def test_list_has_every_file_of_its_example(title: str) -> None:
    listed = [path for path in files_of(title) if not path.startswith("tests/")]
    assert sorted(listed) == sorted(mentioning(example_of(title)))


@pytest.mark.parametrize("title", MAX_FILES)
def test_list_names_a_test_that_is_there(title: str) -> None:
    tests = [path for path in files_of(title) if path.startswith("tests/")]
    assert tests
    assert all((ROOT / path).is_file() for path in tests)


@pytest.mark.parametrize(("title", "limits"), MAX_FILES.items())
def test_few_files_are_touched(title: str, limits: tuple[int, int]) -> None:
    paths = [path for path in files_of(title) if not path.startswith("tests/")]
    documents = [path for path in paths if path.startswith(("docs/", "locale/"))]
    assert len(paths) - len(documents) <= limits[0]
    assert len(documents) <= limits[1]


def test_every_kind_of_change_has_its_test() -> None:
    assert re.findall(r"^### (.+)$", TEXT, re.MULTILINE) == list(MAX_FILES)


def defined_in(path: str) -> set[str]:
    names = set()
    for node in ast.parse((ROOT / path).read_text()).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {each.id for each in targets if isinstance(each, ast.Name)}
    return names


def test_every_linked_name_is_defined_in_its_file() -> None:
    links = SYMBOL.findall(TEXT)
    assert len(links) > 15
    for name, path in links:
        assert name in defined_in(path), f"{path} defines no {name}"
