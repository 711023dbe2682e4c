"""The scorecard of promised notice in sentences."""

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django_stubs_ext import StrOrPromise

from lifecycle.catalogue.models import AIModel
from lifecycle.text.durations import count_phrase

RULE = gettext_lazy(
    "Notice is counted from the announcement to the first firm date that was announced, or to the "
    "actual end if that came earlier. A date moved later is no merit."
)
UNKNOWN: Mapping[str, StrOrPromise] = {
    "promise_unknown": gettext_lazy("No verdict: no promised notice is known."),
    "announcement_unknown": gettext_lazy("No verdict: the day of the announcement is unknown."),
    "no_firm_date": gettext_lazy("No verdict: there is no firm date."),
    "promised_after_the_announcement": gettext_lazy(
        "No verdict: the promise was made after the announcement."
    ),
}


def rule_phrase(days: int, kind: str) -> str:
    """Return a rule such as “60 days (every model)”; `kind` is empty if it is for all."""
    notice = {"notice": count_phrase(days, "day")}
    if not kind:
        return _("%(notice)s (every model)") % notice
    if kind == "general":
        return _("%(notice)s (general rule)") % notice
    label = dict(AIModel.Kind.choices).get(kind, kind)
    return _("%(notice)s (rule for “%(kind)s”)") % {**notice, "kind": label}


def verdict_phrase(short_by: int, unknown: str | None) -> str:
    """Return “Kept.”, “Short by 12 days.” or why there is no verdict."""
    if unknown:
        return str(UNKNOWN[unknown])
    if not short_by:
        return _("Kept.")
    sentence = ngettext("Short by %(days)s day.", "Short by %(days)s days.", short_by)
    return sentence % {"days": short_by}
