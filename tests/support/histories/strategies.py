"""What histories are made of: policies, texts, people and choices."""

from dataclasses import replace
from datetime import UTC, date, datetime

from hypothesis import strategies as st

from tests.support import reference_model
from tests.support.reference_model import DAY

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
INSTITUTIONS = {
    "alice": "Oslo",
    "bob": "",
    "rita": "",
    "sam": "Kyiv",
    "tom": "Oslo",
    "uma": "Kyiv",
    "vic": "",
    "pat": "",
}
REVIEWERS = ("rita", "sam", "tom", "uma", "vic")
GROUPS = ("first", "second", "third", "alternates")
MODELS = ("opus", "haiku")
OPERATIONS = ("messages", "completions")

some = st.integers(0, 99)
names = st.sampled_from(tuple(INSTITUTIONS))
CONDITIONS = (
    *[("always", "")] * 5,
    ("longer_than", "30"),
    ("costs_over", "1000"),
    ("operation", "completions"),
    ("track", "industry"),
    ("first_request", ""),
)
CHOICES = ("approve", "deny", "return")
OPENINGS = ("asked", "asked", "passed", "returned", "denied")
CUTS = ("days", "operations", "models", "more", "all")
PARTS = ("models", "purpose", "dates", "operations", "cost", "track", "collaborators")


@st.composite
def policies(draw: st.DrawFn) -> list[reference_model.StepRules]:
    """One to three steps; those that anybody may vote on again come last."""
    count = draw(st.integers(1, 3))
    shared = draw(st.integers(0, count))
    steps = [draw(a_step()) for _ in range(count)]
    return [replace(step, shared=place > shared) for place, step in enumerate(steps)]


@st.composite
def a_step(draw: st.DrawFn) -> reference_model.StepRules:
    condition, value = draw(st.sampled_from(CONDITIONS))
    window = draw(st.sampled_from((2, 4, 7))) * DAY
    some_parts = st.sets(st.sampled_from(PARTS), min_size=1, max_size=2)
    return reference_model.StepRules(
        group=draw(st.sampled_from(GROUPS[:3])),
        quorum=draw(st.sampled_from((1, 1, 1, 2, 3))),
        denials_to_fail=draw(st.sampled_from((1, 1, 2))),
        window=window,
        alternates=draw(st.sampled_from((None, "alternates"))) if window >= 4 * DAY else None,
        blind=draw(st.booleans()),
        rereview_on=frozenset(draw(some_parts | st.just(PARTS))),
        condition=condition,
        value=value,
    )


def texts(today: date) -> st.SearchStrategy[reference_model.RequestText]:
    return st.builds(
        reference_model.RequestText,
        models=st.sampled_from((("opus",), ("opus", "haiku"), ("haiku",))).map(frozenset),
        purpose=st.sampled_from(("Compare refusals.", "Study its essays.")),
        starts_on=st.just(today),
        days=st.sampled_from((20, 60)),
        operations=st.sampled_from((OPERATIONS, ("messages",))).map(frozenset),
        cost=st.sampled_from((0, 5000)),
        track=st.sampled_from(("academic", "industry")),
        collaborators=st.sampled_from(((), ("bob",), ("rita",), ("sam", "vic"))).map(frozenset),
    )


def cut_down(scope: reference_model.Scope, cut: str) -> reference_model.Scope:
    """Less of `scope`; "more" of it, or nothing at all, which are to be refused."""
    models, operations, days = scope
    return {
        "days": (models, operations, days - 5),
        "operations": (models, frozenset(["messages"]), days),
        "models": (frozenset(sorted(models)[:1]), operations, days),
        "more": (models, operations, days + 1),
        "all": (frozenset[str](), operations, days),
    }[cut]
