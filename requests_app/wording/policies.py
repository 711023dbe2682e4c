"""Policies in words. Pure functions."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from django.utils.formats import number_format
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from lifecycle.text.durations import DAY, HOUR, format_duration
from requests_app import clock
from requests_app.models import Condition, PolicyStep, RequestPart, Track
from requests_app.models.review.policy_input import StepInput, VersionInput
from requests_app.wording import limits
from requests_app.wording.questions import question_summary
from requests_app.wording.step_windows import window

NUMBERS = (
    gettext_lazy("no"),
    gettext_lazy("one"),
    gettext_lazy("two"),
    gettext_lazy("three"),
    gettext_lazy("four"),
    gettext_lazy("five"),
    gettext_lazy("six"),
    gettext_lazy("seven"),
    gettext_lazy("eight"),
    gettext_lazy("nine"),
    gettext_lazy("ten"),
)
SAMPLE_START = datetime(2024, 1, 1, tzinfo=UTC)  # any time would do


def number(count: int) -> str:
    """Return the number, in words up to ten."""
    return str(NUMBERS[count]) if count < len(NUMBERS) else str(count)


def _started(sentence: str) -> str:
    """Capitalize the first word, whichever the language puts there."""
    return sentence[:1].upper() + sentence[1:]


def _when(moments: Sequence[datetime], time: timedelta, country: str) -> str:
    """Return the times from the opening; those in working days can't be told in advance."""
    in_days = time >= 2 * DAY and not time % DAY
    about = bool(country) and time >= DAY
    size = DAY if in_days or about else HOUR
    numbers = [number_format(f"{round((moment - SAMPLE_START) / size, 2):g}") for moment in moments]
    sentences = {"numbers": ", ".join(numbers)}
    if about:
        return _("about working day %(numbers)s") % sentences
    return (_("on day %(numbers)s") if in_days else _("at hour %(numbers)s")) % sentences


# A step -----------------------------------------------------------------------------------------


def headline(step: StepInput, country: str = "") -> str:
    """Return who decides by when, and who is reminded and called."""
    end = SAMPLE_START + step.window
    within = window(step.window, country)
    who = {"quorum": number(step.quorum), "reviewers": step.reviewers, "time": within}
    sentence = ngettext(
        "%(quorum)s approval from %(reviewers)s within %(time)s",
        "%(quorum)s approvals from %(reviewers)s within %(time)s",
        step.quorum,
    )
    clauses = [_started(sentence % who)]
    if step.alternates:
        called = _when([clock.escalation_at(SAMPLE_START, end)], step.window, country)
        sentences = {"alternates": step.alternates, "when": called}
        clauses.append(_("escalates to %(alternates)s %(when)s") % sentences)
    return "; ".join(clauses)


def _over_days(value: str) -> str:
    count = int(value) if value.isdecimal() else 0
    sentences = ngettext("over %(value)s day", "over %(value)s days", count)
    return sentences % {"value": value}


CONDITIONS: Mapping[str, Callable[[str], str]] = {
    Condition.ALWAYS: lambda value: "",
    Condition.LONGER_THAN: lambda value: _over_days(value),
    Condition.COSTS_OVER: lambda value: _("over %(value)s USD") % {"value": value},
    Condition.OPERATION: lambda value: _("for %(value)s") % {"value": value},
    Condition.TRACK: lambda value: _("for “%(value)s”") % {"value": value_label(value)},
    Condition.FIRST_REQUEST: lambda value: _("for a first request"),
}


UNITS = {Condition.LONGER_THAN: "days", Condition.COSTS_OVER: "USD"}


def value_label(value: str) -> str:
    """Return how a page calls a value that a condition can have."""
    return str(dict(Track.choices).get(value, value))


def condition(step: StepInput | PolicyStep) -> str:
    """Return when the step is needed, as the end of “only …”; empty if always."""
    return CONDITIONS[step.condition](step.condition_value)


def details(step: StepInput) -> Iterator[str]:
    """Yield a sentence for each further rule."""
    if only := condition(step):
        yield _("Required only %(condition)s.") % {"condition": only}
    ends = ngettext(
        "%(count)s decline ends the request.",
        "%(count)s declines end the request.",
        step.denials_to_fail,
    )
    yield _started(ends % {"count": number(step.denials_to_fail)})
    if step.blind:
        yield _("Votes are hidden from other reviewers until the step is decided.")
    if step.allow_repeat_voters:
        yield _("Reviewers who voted in another step can vote again here.")
    if set(step.rereview_on) != set(RequestPart.values):
        parts = {"parts": part_labels(step.rereview_on)}
        yield _("After changes, this step is repeated only for: %(parts)s.") % parts


def part_labels(parts: Sequence[str]) -> str:
    """Return labels for use inside a sentence, where English has them in lower case."""
    labels = ", ".join(str(RequestPart(part).label) for part in parts)
    return labels.lower() if (get_language() or "en").startswith("en") else labels


def step_sentences(step: StepInput, country: str = "") -> list[str]:
    return [f"{headline(step, country)}.", *details(step)]


# A version --------------------------------------------------------------------------------------


def version_sentences(text: VersionInput) -> list[str]:
    """Return the rules that hold for all steps."""
    sentences = [
        _("Access lasts at most %(length)s.") % {"length": format_duration(text.max_duration)},
        limits.sentence(text.limits()),
        _("If a step isn't decided in time, the request expires. Silence is never approval."),
        _waiting_period_sentence(text.wait_after_denial),
    ]
    asked = [question_summary(each, among=text.questions) for each in text.questions]
    sentences += [_("Question: %(question)s.") % {"question": each} for each in asked]
    if text.institution_conflict:
        sentences.append(_("Reviewers from the requester's institution can't decide."))
    if len(text.steps) > 1 and not all(step.allow_repeat_voters for step in text.steps):
        if any(step.allow_repeat_voters for step in text.steps):
            sentences.append(_("Each reviewer votes once, unless a step allows more."))
        else:
            sentences.append(_("Each reviewer votes once."))
    return sentences


def _waiting_period_sentence(wait: timedelta) -> str:
    if not wait:
        return _("After a decline, requesters can send a new request straight away.")
    return _("After a decline, requesters can send a new request after %(length)s.") % {
        "length": format_duration(wait)
    }
