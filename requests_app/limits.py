"""Says in plain words how much may be used, and what is wrong with a limit. Pure functions."""

from collections.abc import Iterator, Mapping

from requests_app.models.scope import LIMITS, Limits

LABELS: Mapping[str, str] = {
    "requests_per_minute": "requests a minute",
    "requests_per_day": "requests a day",
    "tokens_per_day": "tokens a day",
    "spend_cap": "USD in all",
}
HIGHEST: Mapping[str, int] = {
    "requests_per_minute": 100_000,
    "requests_per_day": 10_000_000,
    "tokens_per_day": 10_000_000_000,
    "spend_cap": 10_000_000,
}
UNLIMITED = "no limit"


def amount(name: str, most: int | None) -> str:
    """`100,000 tokens a day`, `1 request a minute` or `no limit`."""
    if most is None:
        return UNLIMITED
    label = LABELS[name].replace("s ", " ", 1) if most == 1 else LABELS[name]
    return f"{most:,} {label}"


def amounts(limits: Limits) -> str:
    """Those that are set, as the end of a sentence; empty when none is."""
    said = [amount(name, most) for name, most in vars(limits).items() if most is not None]
    *others, last = said or [""]
    return f"{', '.join(others)} and {last}" if others else last


def sentence(limits: Limits) -> str:
    """`At most 60 requests a minute and 100,000 tokens a day.`"""
    said = amounts(limits)
    return f"At most {said}." if said else "There is no limit on use."


def differences(before: Limits, after: Limits) -> Iterator[tuple[str, str, str]]:
    """Name, and what it was and is in words, for each limit that isn't the same."""
    for name in LIMITS:
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            yield name, amount(name, old), amount(name, new)


def lowered(before: Limits, after: Limits) -> list[str]:
    """`30 requests a minute instead of 60`, for each limit that isn't the same."""
    said = []
    for name, _, now in differences(before, after):
        most = getattr(before, name)
        said.append(f"{now} instead of {UNLIMITED if most is None else f'{most:,}'}")
    return said


def problems(limits: Limits) -> Iterator[tuple[str, str]]:
    """What can't be a limit: the name, and a sentence."""
    for name, most in vars(limits).items():
        if most is not None and not 1 <= most <= HIGHEST[name]:
            yield name, out_of_range(name)


def out_of_range(name: str) -> str:
    return f"Write 1 to {HIGHEST[name]:,} {LABELS[name]}, or nothing for no limit."
