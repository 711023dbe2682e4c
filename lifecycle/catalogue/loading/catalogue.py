"""Load a whole file in one transaction."""

from collections.abc import Mapping

from django.db import transaction

from lifecycle.catalogue import provenance
from lifecycle.catalogue.file_format.entries import CatalogueFile, ModelEntry
from lifecycle.catalogue.loading.columns import store
from lifecycle.catalogue.loading.lists import load_list
from lifecycle.catalogue.loading.promises import load_promises, load_weights
from lifecycle.catalogue.loading.report import LoadReport
from lifecycle.catalogue.loading.retirements import load_retirements
from lifecycle.catalogue.loading.sources import Sources, load_sources
from lifecycle.catalogue.models import AIModel, Provider
from lifecycle.catalogue.retirements import lock

DISPLAY_NAMES = {"anthropic": "Anthropic", "openai": "OpenAI", "google": "Google", "xai": "xAI"}
RELATED = (
    "retirements__date_changes__source",
    *(f"retirements__{name}" for name in ("announcement", "source")),
    *(f"retirements__{name}" for name in ("retires_at_source", "after_end_source")),
    *(f"{name}__source" for name in provenance.LISTS),
    "access_routes__price_source",
    "promises__source",
)


@transaction.atomic
def load(catalogue: CatalogueFile) -> LoadReport:
    """Load all models of the file; models it leaves out stay and are reported.

    Facts that a person set stay too, whatever the file says.
    """
    lock()
    report = LoadReport()
    sources = load_sources(catalogue, report)
    providers = _load_providers(catalogue, sources, report)
    known = _known()
    for entry in catalogue.models:
        ai_model = known.pop(entry.identifier, AIModel(identifier=entry.identifier))
        outcome = report.unchanged if ai_model.pk else report.added
        if _load_model(ai_model, entry, providers[entry.provider], sources, report):
            outcome = report.changed if outcome is report.unchanged else outcome
        outcome.append(entry.identifier)
    report.not_in_file += sorted(known)
    return report


def _known() -> dict[str, AIModel]:
    """Return models by the identifier that files use; a person may have corrected it."""
    rows = AIModel.objects.select_related("provider", "weights__source")
    return {provenance.in_file(row, "identifier"): row for row in rows.prefetch_related(*RELATED)}


def _load_providers(
    catalogue: CatalogueFile, sources: Sources, report: LoadReport
) -> Mapping[str, Provider]:
    rows = Provider.objects.prefetch_related("feature_ends__source", "promises__source")
    providers = {provenance.in_file(provider, "slug"): provider for provider in rows}
    for slug, days in catalogue.notice_days.items():
        name = DISPLAY_NAMES.get(slug, slug.replace("-", " ").title())
        provider = providers.setdefault(slug, Provider(slug=slug, name=name))
        store(provider, slug, report, notice_days=days)
        ends, promises = catalogue.feature_ends.get(slug, []), catalogue.promises.get(slug, [])
        load_list(provider, "feature_ends", ends, sources, report)
        load_promises(provider, promises, sources, report)
    return providers


def _load_model(
    ai_model: AIModel, entry: ModelEntry, provider: Provider, sources: Sources, report: LoadReport
) -> bool:
    columns = ("name", "released", "kind", "context_window", "parameters", "note", "sources")
    values = {name: getattr(entry, name) for name in columns}
    is_changed = store(ai_model, entry.identifier, report, provider=provider, **values)
    is_changed |= load_retirements(ai_model, entry, sources, report)
    for fact in provenance.LISTS:
        rows = getattr(entry, "access" if fact == "access_routes" else fact)
        is_changed |= load_list(ai_model, fact, rows, sources, report)
    is_changed |= load_weights(ai_model, entry.weights, sources, report)
    is_changed |= load_promises(ai_model, entry.promises, sources, report)
    return is_changed
