"""What is promised in writing names its test, and the lists in it are those of the code."""

import ast
import functools
import re
from collections.abc import Iterator

import pytest

from bench import desk_page as desk_benchmark
from bench import page as benchmark
from bench import register_page as register_benchmark
from lifecycle.config.env import ROOT
from lifecycle.serving import request_buffering
from requests_app.actions.keys import usage_reports
from requests_app.actions.review import break_glass
from requests_app.gateway import cache, invalidation, rate_limiter, shared_ledger, usage_counter
from requests_app.gateway.http import (
    header_limits,
    request_bodies,
    responses,
    strict_json,
    timeouts,
)
from requests_app.gateway.http.problems import PROBLEMS
from requests_app.transitions import gateway_barrier as waiting

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


@functools.cache
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


SENTENCES_OF_BENCHMARK = (
    benchmark.HOW,
    benchmark.AIMS,
    benchmark.AIM_NGINX,
    benchmark.SAYS,
    benchmark.SAYS_NGINX,
    register_benchmark.SAYS,
    desk_benchmark.SAYS,
)


def test_performance_page_is_as_the_benchmark_writes_it() -> None:
    """Its figures are those of a run; the sentences around them are the benchmark's."""
    text = text_of("docs/performance.md")
    for template in SENTENCES_OF_BENCHMARK:
        sentences = re.split(r"\{.*?\}", template)
        assert re.search(".+?".join(map(re.escape, sentences)), text, re.DOTALL), template


KIB, MIB = 1024, 1024**2
WORDS = {4: "Four", 10: "ten", 100: "hundredth"}
PACE = request_buffering.UPLOAD_PACE
NUMBERS = {
    "docs/gateway.md": (
        f"A head over {header_limits.MAX_HEADER_BYTES // KIB} KiB is refused",
        f"that takes over {header_limits.MAX_HEADER_SECONDS:.0f} seconds isn't waited for",
        f"A body has {header_limits.MAX_HEADER_SECONDS:.0f} seconds too",
        f"one is logged in {WORDS[int(timeouts.SAMPLE_SECONDS)]} seconds",
        f"no content encoding, at most {request_bodies.MAX_BYTES // MIB} MiB",
        f"nesting over {strict_json.MAX_DEPTH} levels, over {strict_json.MAX_TOKENS:,} parts",
        f"when that is over {responses.MAX_RETRY_AFTER} s",
        f"what it read of a key for at most {cache.TTL_SECONDS} seconds",
        f"{WORDS[int(1 / invalidation.POLL_SECONDS)]} times a second the process looks",
        f"may be used for {cache.TTL_SECONDS} seconds after its last such look",
        f"is waited for {waiting.MAX_WAIT_SECONDS:.0f} second, whatever the cause",
        f"a {WORDS[rate_limiter.LEASES_PER_LIMIT]} of the limit at a time",
        f"slower than {shared_ledger.VALKEY_SECONDS} s",
        f"written to PostgreSQL every {usage_counter.WRITE_INTERVAL_SECONDS:.0f} seconds",
        f"in batches of up to {usage_reports.MAX_ENTRIES:,} entries",
        f"at most {usage_reports.MAX_AGE.days} days back",
    ),
    "docs/architecture.md": (
        f"up to {request_buffering.MAX_IN_MEMORY_BYTES // KIB} KiB and on disk above",
        f"A body has {WORDS[int(PACE.grace_seconds)]} seconds",
        f"one more for every {PACE.bytes_per_second // KIB} KiB that came",
        f"for {break_glass.MAX_DURATION.total_seconds() / 3600:.0f} hours at most",
    ),
}


@pytest.mark.parametrize("page", NUMBERS)
def test_numbers_are_those_of_the_code(page: str) -> None:
    text = " ".join(text_of(page).split())
    assert [message for message in NUMBERS[page] if message not in text] == []
