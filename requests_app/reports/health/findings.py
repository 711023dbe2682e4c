"""One finding about the site, and checks that never raise."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from lifecycle.config.logs import redacted


class Level(StrEnum):
    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True)
class Finding:
    """What was found about one thing, and what to do about it."""

    level: Level
    about: str
    found: str
    advice: str = ""


def ok(about: str, found: str) -> Finding:
    return Finding(Level.OK, about, found)


def warning(about: str, found: str, advice: str) -> Finding:
    return Finding(Level.WARNING, about, found, advice)


def problem(about: str, found: str, advice: str) -> Finding:
    return Finding(Level.PROBLEM, about, found, advice)


def skipped(about: str, missing: str) -> Finding:
    return warning(about, f"Not checked without {missing}.", "Fix that first.")


def guarded(about: str, check: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    """Yield what a check finds; an error of it is a finding too."""
    try:
        yield from check()
    except Exception as error:
        sentence = f"The check failed: {one_line(error)}"
        yield problem(
            about, sentence, "Fix that; if the fault isn't in this site's setup, report it."
        )


def one_line(error: BaseException) -> str:
    """Return the error's type and first line; never a key in it."""
    first = next(iter(str(error).strip().splitlines()), "")
    return redacted(f"{type(error).__name__}: {first}" if first else type(error).__name__)
