"""What the scorecard says of promised notice: of one model's retirements, or of a provider's."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from django.db.models import Q

from lifecycle.catalogue.models import AIModel, Promise
from requests_app.reports.promises import scorecard
from requests_app.reports.promises.scorecard import Judged, Verdict
from requests_app.reports.promises.states import (
    About,
    Computed,
    PromiseFacts,
    PromiseState,
    about_of,
    models_of,
)

NOTICE_GIVEN = "the notice of retirements"
MAX_NAMED = 3
Verdicts = Mapping[Verdict, list[Judged]]
ByAbout = Mapping[About, Verdicts]


def states(promises: Iterable[PromiseFacts], judged: ByAbout) -> dict[int, Computed]:
    """Return their states by `judged`, which is from `judge`."""
    return {row.pk: _of_verdicts(judged[about_of(row)]) for row in promises}


def judge(promises: Sequence[PromiseFacts | Promise], ai_model: AIModel | None = None) -> ByAbout:
    """Judge the retirements that these promises of notice are about, and those of a model."""
    if not promises:
        return {}
    wanted = {*map(about_of, promises), ("model", ai_model.pk if ai_model else None)}
    found: dict[About, dict[Verdict, list[Judged]]] = defaultdict(lambda: defaultdict(list))
    rows = scorecard.retirements().filter(
        Q(ai_model__in=models_of(promises))
        | Q(ai_model__provider__in={row.provider_id for row in promises})
    )
    for row in scorecard.verdicts(rows):
        for about in (("model", row.ai_model), ("provider", row.provider)):
            if about in wanted:
                found[about][row.verdict].append(row)
    return found


def _of_verdicts(verdicts: Verdicts) -> Computed:
    if short := _in_order(verdicts.get(Verdict.SHORT, [])):
        first, *others = short
        record = f"the retirement of {first.identifier} on {first.platform}"
        since = first.announced.isoformat() if first.announced else ""
        if others:
            record += f" and {len(others)} more"
        return Computed(PromiseState.BROKEN, since, record)
    if Verdict.KEPT in verdicts or not verdicts:
        return Computed(PromiseState.STANDING, record=NOTICE_GIVEN)
    return Computed(PromiseState.UNKNOWN, record=NOTICE_GIVEN)


def _in_order(short: Sequence[Judged]) -> list[Judged]:
    return sorted(short, key=lambda row: (row.announced or date.max, row.identifier))


class ShortNotice(NamedTuple):
    """Which retirements broke a promise of notice; `own_kept` is what the model's own say."""

    named: list[Judged]
    unnamed: int
    kept: int
    provider: str  # its slug, for its scorecard
    own_kept: bool


def short_notices(
    promises: Iterable[Promise], judged: ByAbout, ai_model: AIModel | None = None
) -> dict[int, ShortNotice]:
    """Return the evidence against each promise of notice that the scorecard finds broken.

    `judged` is from `judge`, and `ai_model` the one whose page shows it.
    """
    own = judged.get(("model", ai_model.pk), {}) if ai_model else {}
    own_kept = Verdict.KEPT in own and Verdict.SHORT not in own
    found: dict[int, ShortNotice] = {}
    for row in promises:
        short = _in_order(judged[about_of(row)].get(Verdict.SHORT, []))
        if short:
            provider = row.ai_model.provider if row.ai_model else row.provider
            assert provider  # it is about one of them (constraint)
            kept = len(judged[about_of(row)].get(Verdict.KEPT, []))
            named, unnamed = short[:MAX_NAMED], len(short[MAX_NAMED:])
            found[row.pk] = ShortNotice(named, unnamed, kept, provider.slug, own_kept)
    return found
