"""What is promised in writing names its test, and the lists in it are those of the code."""

import ast
import re
from collections.abc import Iterator
from functools import cache

import pytest

from lifecycle.config.env import ROOT
from requests_app.gateway.problems import PROBLEMS

PROMISING = ("SECURITY.md", "docs/gateway.md", "docs/architecture.md")
PAGES = sorted(
    str(path.relative_to(ROOT))
    for pattern in ("*.md", "docs/*.md", "docker/**/*.md")
    for path in ROOT.glob(pattern)
)
# A file, a test in it, or one more test in the file that was named before.
NAMED = re.compile(r"`(tests/[\w/]+\.py)?(?:::(\w+))?`")
HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
# Sections that promise nothing of the software.
NO_PROMISE = {"Reporting", "What is promised", "What is not", "Versions", "Tests"}


def text_of(page: str) -> str:
    return (ROOT / page).read_text()


def named(text: str) -> Iterator[tuple[str, str]]:
    """Each file of tests with a test in it, or with none."""
    file = ""
    for match in NAMED.finditer(text):
        file = match[1] or file
        if match[1] or match[2]:
            yield file, match[2] or ""


@cache
def functions_of(file: str) -> frozenset[str]:
    nodes = ast.walk(ast.parse((ROOT / file).read_text()))
    functions = (node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return frozenset(each.name for each in functions if each.name.startswith("test_"))


@pytest.mark.parametrize("page", PAGES)
def test_every_test_that_a_page_names_is_there(page: str) -> None:
    for file, test in named(text_of(page)):
        assert file, f"{page} names ::{test} before any file"
        assert (ROOT / file).is_file(), f"{page} names {file}"
        assert not test or test in functions_of(file), f"{page} names {file}::{test}"


def rows_of_tests(page: str) -> list[tuple[str, str]]:
    """What is promised, and what proves it, from the table at the page's end."""
    table = text_of(page).partition("\n## Tests\n")[2]
    rows = [line.strip("| ").split(" | ") for line in table.splitlines() if line.startswith("| ")]
    return [(row[0], row[1] if len(row) > 1 else "") for row in rows[1:]]


@pytest.mark.parametrize("page", PROMISING)
def test_every_promise_has_a_test(page: str) -> None:
    rows = rows_of_tests(page)
    assert rows
    for number, (promise, proof) in enumerate(rows):
        is_title = promise.startswith("**") and not proof
        if is_title:  # of the promises below it
            assert not rows[number + 1][0].startswith("**"), promise
        else:
            assert list(named(proof)), f"{page}: no test for “{promise}”"


@pytest.mark.parametrize("page", PROMISING[1:])
def test_every_section_has_its_promises_in_the_table(page: str) -> None:
    titles = {promise.strip("*") for promise, _ in rows_of_tests(page) if promise[:2] == "**"}
    sections = set(HEADING.findall(text_of(page))) - NO_PROMISE
    assert sections <= titles, sections - titles


def test_table_of_refusals_is_that_of_the_check() -> None:
    """With status and challenge; where a row has several statuses, each reason has its own."""
    told: dict[str, tuple[int, str]] = {}
    answers = text_of("docs/gateway.md").partition("\n## Tests\n")[0]
    for line in answers.splitlines():
        if re.match(r"\| \d{3}", line):
            _, statuses, reasons, challenge, _ = line.split("|")
            slugs = re.findall(r"`([a-z]+-[a-z-]+)`", reasons.partition(", with")[0])
            numbers = [int(number) for number in re.findall(r"\d{3}", statuses)]
            numbers *= len(slugs) if len(numbers) == 1 else 1
            error = "".join(re.findall(r'error="(\w+)"', challenge))
            told |= {slug: (status, error) for slug, status in zip(slugs, numbers, strict=True)}
    assert told == {problem.slug: (problem.status, problem.error) for problem in PROBLEMS}
