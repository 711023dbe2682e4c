"""Refused files: facts of an entry that contradict each other, and facts of nobody's."""

from collections.abc import Callable
from typing import Any

import pytest

from lifecycle.catalogue import catalogue_file
from lifecycle.catalogue.catalogue_file import BadFile
from tests.catalogue.full_file import BLOG, DOCS, EXAMPLE, edited, load

Change = Callable[[dict[str, Any], dict[str, Any]], Any]
API, CLOUD = ("models[0] (example-1-20250101).retirements[0]",
              "models[0] (example-1-20250101).retirements[1]")  # fmt: skip
MODEL = "models[0] (example-1-20250101)"


def api(**fields: Any) -> Change:
    return lambda _, model: model["retirements"][0].update(fields)


def cloud(**fields: Any) -> Change:
    return lambda _, model: model["retirements"][1].update(fields)


def model(**fields: Any) -> Change:
    return lambda _, entry: entry.update(fields)


def file(**fields: Any) -> Change:
    return lambda data, _: data.update(fields)


def another(**fields: Any) -> Change:
    """A second model."""
    needed = ("provider", "name", "replacements", "access", "sources")
    entry = {name: EXAMPLE[name] for name in needed} | {"identifier": "b", "retirements": []}
    return lambda data, _: data["models"].append(entry | fields)


CHANGE = {"from": "2026-01-01", "to": "2026-02-01"}
END = {"kind": "capability", "name": "tools"}
PROMISE = {"kind": "other", "text": "This.", "promised_by": "Example Lab"}
BAD = [
    (cloud(retires="2026-01-01"), f"{CLOUD}.precision: says that there is no date yet"),
    (api(retires=None), f"{API}.precision: says that there is no date yet, or needs one"),
    (cloud(reopened="2026-05-01"), f"{CLOUD}.reopened: needs a date on which the model was"),
    (api(reopened="2026-02-01"), f"{API}.reopened: isn't after the retirement on 2026-02-01"),
    (api(legacy_from="2025-09-02"), f"{API}.legacy_from: is after the announcement on 2025-09-01"),
    (api(redirects_to=EXAMPLE["identifier"]), f"{API}.redirects_to: is the model itself"),
    (cloud(after_end="redirected"), f"{CLOUD}.redirects_to: is missing; name the model"),
    (cloud(redirects_to="b"), f'{CLOUD}.redirects_to: needs "redirected" in after_end'),
    (cloud(after_end_source=DOCS), f"{CLOUD}.after_end_source: needs a fact in after_end"),
    (cloud(retires_at_source=DOCS), f"{CLOUD}.retires_at_source: needs a fact in retires_at_local"),
    (api(precision="not_later_than"), f"{API}.retires_at_local: needs a retirement on a day"),
    (cloud(listed_as="old"), f"{CLOUD}.listed_as: should be "),
    (cloud(retires="2026-01-01", precision="day", announced="2026-01-02"),
     f"{CLOUD}.announced: is after the retirement on 2026-01-01"),
    (api(date_changes=[{"from": None, "from_precision": "day", "to": "2026-02-01"}]),
     f"{API}.date_changes[0].from: needs a date, or none_yet as its precision"),
    (api(date_changes=[{"from": "2026-02-01", "to": "2026-02-01"}]),
     f"{API}.date_changes[0]: doesn't change the date"),
    (api(date_changes=[CHANGE | {"to_precision": "not_sooner_than"}]),
     f"{API}.date_changes[0].to: isn't the date in retires (2026-02-01)"),
    (api(date_changes=[CHANGE | {"to": "2026-01-05", "changed_on": "2025-12-01"},
                       CHANGE | {"from": "2026-01-05", "changed_on": "2025-11-01"}]),
     f"{API}.date_changes[1].changed_on: is before the change on 2025-12-01"),
    (api(source="https://elsewhere.example"), f"{API}.source: isn't in the file's sources; add it"),
    (model(sources=["https://elsewhere.example"]), f"{MODEL}.sources[0]: isn't in the file's"),
    (file(sources=[]), f"{API}.announcement: isn't in the file's sources"),
    (file(sources=[{"url": DOCS, "kind": "friend"}]), "sources[0].kind: should be 'provider' or"),
    (lambda data, _: data["sources"].append({"url": BLOG, "kind": "provider"}),
     "sources[3].url: is the same as in entry 1 of this list"),
    (file(promises={"other-lab": []}), 'promises.other-lab: "other-lab" isn\'t in notice_days'),
    (file(feature_ends={"other-lab": []}), "feature_ends.other-lab: "),
    (model(promises=[PROMISE]), f"{MODEL}.promises[0]: needs due_on or a condition"),
    (model(promises=[PROMISE | {"condition": "always", "text": " "}]),
     f"{MODEL}.promises[0].text: must say something"),
    (model(weights={"kept": "all", "custodian": "Lab"}), f"{MODEL}.weights: needs kept_until or"),
    (model(feature_ends=[END, END]), f"{MODEL}.feature_ends[1].name: is the same as in entry 0"),
    (model(feature_ends=[END | {"announced": "2026-01-02", "ends": "2026-01-01"}]),
     f"{MODEL}.feature_ends[0].announced: is after the end on 2026-01-01"),
    (model(sdk_versions=EXAMPLE["sdk_versions"] * 2), f"{MODEL}.sdk_versions[1].package: is the"),
    (model(context_window=0), f"{MODEL}.context_window: should be greater than 0"),
    (model(kind="alias"), f"{MODEL}.kind: should be "),
    (model(access=["loan"]), f"{MODEL}.access[0]: should be 'none', 'invitation', 'product' or "),
    (model(access=[{"kind": "request"}, "request"]), f"{MODEL}.access: has a route twice"),
    (model(access=[{"kind": "request", "base_url": "https://m.example/$(id)"}]),
     f"{MODEL}.access[0].base_url: must be like https://models.example.org, without /v1"),
    (model(access=[{"kind": "product", "api": "openai"}]),
     f'{MODEL}.access[0].api: is for the route "request" only'),
    (model(access=[{"kind": "request", "input_price": "15", "output_price": 75,
                    "priced_on": "2026-11-01"}]),
     f'{MODEL}.access[0].input_price: not a price: "15"; write USD per million tokens'),
    (model(access=[{"kind": "request", "input_price": 0.00001, "output_price": 75,
                    "priced_on": "2026-11-01"}]),
     f"{MODEL}.access[0].input_price: not a price: 1e-05"),
    (model(access=[{"kind": "request", "input_price": 15, "output_price": -75,
                    "priced_on": "2026-11-01"}]),
     f"{MODEL}.access[0].output_price: not a price: -75"),
    (model(access=[{"kind": "request", "input_price": 15}]),
     f"{MODEL}.access[0]: needs output_price, priced_on: prices come with both and a day"),
    (model(access=[{"kind": "product", "input_price": 0}]),
     f'{MODEL}.access[0].input_price: is for the route "request" only'),
    (model(access=[{"where": "here"}]), f"{MODEL}.access[0].kind: is missing; add it"),
    (model(aliases=[{"identifier": "a", "from": "2026-01-01", "to": "2026-01-01"}]),
     f"{MODEL}.aliases[0].to: isn't after the start on 2026-01-01"),
    (model(aliases=[{"identifier": EXAMPLE["identifier"]}]),
     f"{MODEL}.aliases[0].identifier: is the identifier of models[0]"),
    (another(aliases=[{"identifier": "example-1", "from": "2026-01-09"}]),
     "models[1] (b).aliases[0]: leads to example-1-20250101 at the same time"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "told"), BAD)
def test_parse_names_line_and_field_of_what_contradicts(change: Change, told: str) -> None:
    text = edited(change)
    with pytest.raises(BadFile) as refused:
        catalogue_file.parse(text, "full.json")
    found = [problem for problem in refused.value.problems if f": {told}" in problem]
    assert len(found) == 1, refused.value.problems
    line = int(found[0].split(":")[1])
    assert 1 <= line <= text.count("\n") + 1


def test_parse_finds_the_second_round_that_is_announced_before_the_reopening() -> None:
    second = {"platform": "Example API", "announced": "2026-02-20", "retires": "2026-09-01",
              "precision": "day"}  # fmt: skip
    text = edited(lambda _, model: model["retirements"].append(second))
    with pytest.raises(BadFile, match="is before the model was reopened on 2026-03-01"):
        catalogue_file.parse(text, "full.json")


def test_parse_lets_an_alias_move_on_to_another_model(db: None) -> None:
    later = {"identifier": "example-1", "from": "2026-01-10"}
    assert load(edited(another(aliases=[later]))).added == [EXAMPLE["identifier"], "b"]
