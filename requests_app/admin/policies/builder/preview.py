"""A draft in plain words while it is being written; nothing is stored."""

from collections.abc import Iterator
from typing import Any

from requests_app.admin.policies.builder.draft_forms import PolicyDraftForms
from requests_app.admin.policies.in_words import StepWords, step_words
from requests_app.models import Policy
from requests_app.reports import publish_checklist
from requests_app.wording import policies as policy_wording


def preview_of(forms: PolicyDraftForms, policy: Policy) -> dict[str, Any]:
    """Return what can be read of the draft, and what would prevent its publication."""
    text = forms.readable()
    is_whole = not forms.is_bound or forms.is_valid()
    has_rules = is_whole or (forms.form.is_valid() and forms.questions.is_valid())
    return {
        "policy": policy,
        "rows_in_words": list(_rows(forms, step_words(text, policy))),
        "sentences": policy_wording.version_sentences(text) if has_rules else [],
        "problems": list(publish_checklist.of_text(text)) if is_whole else [],
    }


def _rows(
    forms: PolicyDraftForms, steps: list[StepWords]
) -> Iterator[tuple[Any, StepWords | None]]:
    """Yield each row with its words; None while something is wrong with it."""
    valid = iter(steps)
    for row in forms.rows:
        is_wrong = forms.is_bound and not row.is_valid()
        yield row, None if is_wrong else next(valid)
