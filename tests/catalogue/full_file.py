"""A catalogue file with an invented model that gives every field, and edits of it."""

import json
from collections.abc import Callable
from typing import Any

from lifecycle.catalogue import catalogue_file, loading

DOCS, BLOG, TRACKER = (
    "https://lab.example/deprecations",
    "https://lab.example/blog/example-1",
    "https://tracker.example/example-1",
)
EXAMPLE: dict[str, Any] = {
    "identifier": "example-1-20250101",
    "provider": "example-lab",
    "name": "Example 1",
    "released": "2025-01",
    "kind": "snapshot",
    "context_window": 200_000,
    "parameters": ["temperature", "top_p"],
    "aliases": [
        {"identifier": "example-1", "from": "2025-01-10", "to": "2026-01-10", "source": DOCS},
        {"identifier": "lab.example-1-v1:0", "platform": "Example Cloud"},
    ],
    "retirements": [
        {
            "platform": "Example API",
            "legacy_from": "2025-06-01",
            "announced": "2025-09-01",
            "announcement": BLOG,
            "retires": "2026-02-01",
            "precision": "day",
            "source": DOCS,
            "retires_at_local": "2026-02-01T09:00 America/Los_Angeles",
            "retires_at_source": TRACKER,
            "date_changes": [
                {
                    "from": None,
                    "to": "2026-01-01",
                    "to_precision": "not_sooner_than",
                    "changed_on": "2025-09-15",
                    "reason": "A date was set.",
                    "source": BLOG,
                },
                {"from": "2026-01-01", "from_precision": "not_sooner_than", "to": "2026-02-01"},
            ],
            "extended_access_from": "2025-12-01",
            "after_end": "redirected",
            "redirects_to": "example-2",
            "after_end_source": TRACKER,
            "reopened": "2026-03-01",
        },
        {
            "platform": "Example Cloud",
            "announced": None,
            "listed_as": "deprecated",
            "retires": None,
            "precision": "none_yet",
        },
    ],
    "replacements": [
        {"identifier": "example-2", "as_of": "2025-09", "named_by": "docs", "source": DOCS},
        {"identifier": "example-3", "as_of": "2025-09", "named_by": "blog", "source": BLOG},
    ],
    "access": [
        {
            "kind": "request",
            "base_url": "https://models.example.com/1",
            "api": "anthropic",
            "input_price": 15,
            "output_price": 0.25,
            "priced_on": "2026-11-01",
            "price_source": DOCS,
        },
        {
            "kind": "product",
            "where": "example.com, paid plans",
            "since": "2026-02",
            "rationale": "Because people like it.",
            "cost_note": "Not for every model.",
            "source": BLOG,
        },
    ],
    "feature_ends": [
        {
            "kind": "capability",
            "name": "1M-token context",
            "where": "Example API",
            "announced": "2025-05-01",
            "ends": "2025-08-01",
            "note": "Longer calls are refused.",
            "source": DOCS,
        }
    ],
    "sdk_versions": [
        {
            "package": "example (Python)",
            "version": "1.2",
            "checked_on": "2025-12-01",
            "source": BLOG,
        }
    ],
    "weights": {
        "kept": "the final weights",
        "custodian": "Example Lab",
        "kept_until": "2040-01-01",
        "kept_while": "Example Lab exists",
        "source": BLOG,
    },
    "promises": [
        {
            "kind": "interview",
            "text": "Example 1 is interviewed before it goes.",
            "promised_by": "Example Lab",
            "promised_on": "2025-09",
            "due_on": "2026-02-01",
            "source": BLOG,
        }
    ],
    "sources": [DOCS],
}
FULL: dict[str, Any] = {
    "sources": [
        {"url": DOCS, "kind": "provider", "verified_on": "2026-01-15"},
        {"url": BLOG, "kind": "provider"},
        {"url": TRACKER, "kind": "third_party"},
    ],
    "notice_days": {"example-lab": 60},
    "feature_ends": {
        "example-lab": [{"kind": "parameter", "name": "top_k", "where": "SDK 2", "source": DOCS}]
    },
    "promises": {
        "example-lab": [
            {
                "kind": "weights",
                "text": "Weights are kept.",
                "promised_by": "Example Lab",
                "condition": "Example Lab exists",
            }
        ]
    },
    "models": [EXAMPLE],
}


def written(data: dict[str, Any] = FULL) -> str:
    return json.dumps(data, indent=1)


def edited(change: Callable[[dict[str, Any], dict[str, Any]], Any]) -> str:
    """Return the file after `change` was made to it and its model."""
    data = json.loads(written())
    change(data, data["models"][0])
    return written(data)


def load(text: str | None = None) -> loading.LoadReport:
    return loading.load(catalogue_file.parse(text or written(), "full.json"))
