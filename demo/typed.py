"""What Wanda types on the pages of her ask: a field of each page, and what stands there."""

TYPED: tuple[tuple[str, dict[str, str]], ...] = (
    (
        "team",
        {
            "track": "academic",
            "team": "Wanda Reis alone. She has studied how models speak of themselves.",
        },
    ),
    ("purpose", {"purpose": "Compare how Opus 3 and its successors speak of their own ending."}),
    (
        "expected_use",
        {
            "operations": "messages",
            "expected_use": "About 5,000 short conversations.",
            "expected_cost": "200",
        },
    ),
    ("safety", {"inputs": "Questions of our own.", "safety": "Only we read the answers."}),
)
