"""A draft in plain words while it is being written; nothing is stored."""

from collections.abc import Iterator
from typing import Any

from requests_app.admin.policies.builder.draft_forms import PolicyDraftForms
from requests_app.validation.policy_version import undecidable
from requests_app.wording import policies as policy_wording


def preview_of(forms: PolicyDraftForms) -> dict[str, Any]:
    """Return what can be read of the draft, and what would prevent its publication."""
    text = forms.readable()
    is_whole = not forms.is_bound or forms.is_valid()
    has_rules = is_whole or (forms.form.is_valid() and forms.questions.is_valid())
    return {
        "step_words": list(_steps(forms)),
        "sentences": policy_wording.version_sentences(text) if has_rules else [],
        "problems": list(undecidable(text)) if is_whole else [],
    }


def _steps(forms: PolicyDraftForms) -> Iterator[tuple[Any, list[str]]]:
    """Yield each row with its sentences; none while something is wrong with it."""
    text = forms.readable()
    steps = iter(text.steps)
    for row in forms.rows:
        if forms.is_bound and not row.is_valid():
            yield row, []
        else:
            yield row, policy_wording.step_sentences(next(steps), text.country)
