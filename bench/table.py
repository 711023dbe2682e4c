"""The one table and the one picture of a run."""

from collections.abc import Mapping, Sequence
from html import escape
from statistics import median, quantiles

from bench.load import Measured

Rounds = Mapping[str, Sequence[Measured]]
HEAD = (
    "| | calls per second | quartiles | × Django ok | p50 ms | p99 ms | CPU µs per call |\n"
    "|---|---|---|---|---|---|---|\n"
)
WIDTH, LINE, NAMES = 860, 26, 400


def ratio(rounds: Rounds, name: str, base: str) -> float:
    """The median over rounds: each is compared with the base of its own round."""
    pairs = zip(rounds[name], rounds[base], strict=True)
    return median(one.per_second / other.per_second for one, other in pairs)


def median_of(rounds: Rounds, name: str, which: str) -> float:
    return float(median(getattr(one, which) for one in rounds[name]))


def table(rounds: Rounds, base: str) -> str:
    return HEAD + "".join(_line(rounds, name, base) for name in rounds)


def _line(rounds: Rounds, name: str, base: str) -> str:
    speeds = [one.per_second for one in rounds[name]]
    low, _, high = quantiles(speeds, n=4) if len(speeds) > 1 else speeds * 3
    p50, p99, user, system = (
        median_of(rounds, name, which) for which in ("p50", "p99", "user", "system")
    )
    return (
        f"| {name} | {median(speeds):,.0f} | {low:,.0f} to {high:,.0f} |"
        f" {ratio(rounds, name, base):.2f} | {p50:.2f} | {p99:.2f} |"
        f" {user + system:.0f} ({system:.0f} in the kernel) |\n"
    )


def chart(rounds: Rounds, base: str) -> str:
    """Bars of the ratios, as SVG without script or style."""
    ratios = {name: ratio(rounds, name, base) for name in rounds}
    bars = "".join(
        _bar(number, name, value, max(ratios.values()))
        for number, (name, value) in enumerate(ratios.items())
    )
    height = LINE * len(rounds) + 10
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" role="img"'
        ' font-family="sans-serif" font-size="13">'
        f"<title>Calls per second, as multiples of a Django view that answers ok</title>\n"
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>\n{bars}</svg>\n'
    )


def _bar(number: int, name: str, value: float, longest: float) -> str:
    top, length = LINE * number + 5, (WIDTH - NAMES - 60) * value / longest
    colour = "#1f5f8b" if name.startswith("The check") else "#9aa5ad"
    return (
        f'<text x="{NAMES - 8}" y="{top + 14}" text-anchor="end" fill="#444">{escape(name)}</text>'
        f'<rect x="{NAMES}" y="{top}" width="{length:.1f}" height="18" fill="{colour}"/>'
        f'<text x="{NAMES + length + 6:.1f}" y="{top + 14}" fill="#444">{value:.2f}</text>\n'
    )
