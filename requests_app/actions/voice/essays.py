"""Begin a series of essays, and hand in its essays for review."""

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lifecycle.catalogue.models import AIModel, Source
from lifecycle.people.models import User
from lifecycle.voice.digests import digest_of
from lifecycle.voice.models import Essay, EssaySeries
from requests_app.actions.review import stages
from requests_app.actions.voice.sources import source_at
from requests_app.models import Condition, Policy, PolicyStep, SeriesPolicy
from requests_app.refusals import Invalid
from requests_app.rules import quorum
from requests_app.rules.catalogue import check_editor
from requests_app.rules.conflicts import EssayConflicts
from requests_app.transitions.register_locks import lock_model
from requests_app.transitions.transition import record_event
from requests_app.validation.voice import recorded_texts

MAX_WEEKS = 520
BODY_REQUIRED = gettext_lazy("Add the essay, as UTF-8 text.")
PROMPT_REQUIRED = gettext_lazy("Add what the model was asked.")
DISCLAIMER_REQUIRED = gettext_lazy("Write for whom the essays don't speak.")


@dataclass(frozen=True)
class SeriesInput:
    """A series, the run that was promised, and the policy by which its essays are reviewed."""

    slug: str
    title: str
    disclaimer: str
    starts_on: date
    policy: Policy
    promised_weeks: int | None = None
    source: str = ""
    source_kind: str = Source.Kind.PROVIDER


@dataclass(frozen=True)
class EssayInput:
    """An essay exactly as the model wrote it, with all that it was given."""

    title: str
    body: str
    prompt: str
    context: str = ""


@transaction.atomic
def begin_series(ai_model: AIModel, text: SeriesInput, *, by: User) -> EssaySeries:
    """Begin a series of essays by a model."""
    ai_model = lock_model(ai_model)
    check_editor(by)
    now = timezone.now()
    if EssaySeries.objects.filter(slug=text.slug).exists():
        raise Invalid({"slug": _("Another series has this address.")})
    if text.promised_weeks is not None and not 0 < text.promised_weeks <= MAX_WEEKS:
        raise Invalid({"promised_weeks": _("Enter a whole number of weeks, at least 1.")})
    _unconditional_steps(text.policy)
    series = EssaySeries.objects.create(
        ai_model=ai_model,
        slug=text.slug,
        title=recorded_texts.line("title", text.title, needed=_("Give the series a title.")),
        disclaimer=recorded_texts.prose("disclaimer", text.disclaimer, needed=DISCLAIMER_REQUIRED),
        starts_on=recorded_texts.day("starts_on", text.starts_on),
        promised_weeks=text.promised_weeks,
        source=source_at(text.source, kind=text.source_kind),
    )
    SeriesPolicy.objects.create(series=series, policy=text.policy)
    details = {"series": series.slug, "starts_on": series.starts_on.isoformat()}
    details["policy"] = text.policy.slug
    record_event(ai_model, "essay.series_begun", by=by, at=now, details=details)
    return series


def _unconditional_steps(policy: Policy) -> list[PolicyStep]:
    """Return the steps of the policy's current version. Raises Invalid if they can't decide."""
    version = policy.current
    if version is None:
        raise Invalid({"policy": _("This policy has no published version yet.")})
    steps = list(version.steps.select_related("reviewers", "alternates", "version"))
    # Conditions ask about days, costs and the like, which an essay doesn't have.
    if any(step.condition != Condition.ALWAYS for step in steps):
        raise Invalid(
            {"policy": _("A policy for essays can't have steps that depend on a condition.")}
        )
    return steps


@transaction.atomic
def hand_in(series: EssaySeries, text: EssayInput, *, by: User) -> Essay:
    """Hand an essay in for review. From here on nobody can change a letter of it."""
    ai_model = lock_model(series.ai_model)
    check_editor(by)
    now = timezone.now()
    essay = _new_essay(EssaySeries.objects.get(pk=series.pk), text)
    essay.handed_in_at, essay.handed_in_by = now, by
    essay.series.ai_model = ai_model
    steps = _unconditional_steps(SeriesPolicy.objects.get(series=series).policy)
    essay.save(force_insert=True)  # first, since conflicts are those of a row
    step = quorum.undecidable(steps, EssayConflicts(essay))
    if step is not None:
        sentence = _(
            "“%(step)s” doesn't have enough reviewers to decide this. The policy's owners have to "
            "add more."
        )
        raise Invalid({"": sentence % {"step": step}})
    details = {
        "series": series.slug,
        "number": essay.number,
        "body_sha256": essay.digest,
        "prompt_sha256": digest_of(essay.prompt),
        "context_sha256": digest_of(essay.context),
        "shown_sha256": essay.shown_digest(),
        "policy": str(steps[0].version),
    }
    record_event(essay, "essay.handed_in", by=by, at=now, details=details)
    stages.create_essay_stages(essay, steps, now=now)
    return essay


def _new_essay(series: EssaySeries, text: EssayInput) -> Essay:
    body = recorded_texts.verbatim("body", text.body, needed=BODY_REQUIRED)
    return Essay(
        series=series,
        number=series.essays.count() + 1,
        title=recorded_texts.line("title", text.title, needed=_("Enter a title."), most=200),
        body=body,
        digest=digest_of(body),
        prompt=recorded_texts.verbatim("prompt", text.prompt, needed=PROMPT_REQUIRED),
        context=recorded_texts.verbatim("context", text.context),
    )
