"""Load the pages that facts were taken from."""

from lifecycle.catalogue.file_format.checks import addresses
from lifecycle.catalogue.file_format.entries import CatalogueFile, SourceEntry
from lifecycle.catalogue.loading.columns import store
from lifecycle.catalogue.loading.report import LoadReport
from lifecycle.catalogue.models import Source


class Sources(dict[str, Source]):
    """All sources of a file by their address."""

    def at(self, address: str | None) -> Source | None:
        return self[address] if address else None


def load_sources(catalogue: CatalogueFile, report: LoadReport) -> Sources:
    """Load every source that the file names; one that it says nothing of is the provider's."""
    listed = {entry.url: entry for entry in catalogue.sources}
    named = listed.keys() | {address for _, address in addresses(catalogue)}
    known = Source.objects.in_bulk(named, field_name="url")
    missing = named - known.keys() - listed.keys()
    added = Source.objects.bulk_create(Source(url=url) for url in sorted(missing))
    for url in sorted(listed):
        _load_listed(known.setdefault(url, Source(url=url)), listed[url], report)
    return Sources(known | {source.url: source for source in added})


def _load_listed(source: Source, entry: SourceEntry, report: LoadReport) -> None:
    """Set whose page it is, and when it was read if nobody has read it since."""
    store(source, entry.url, report, kind=entry.kind)
    if entry.verified_on and (source.verified_on is None or source.verified_on < entry.verified_on):
        source.verified_on, source.verified_by = entry.verified_on, None
        source.save(update_fields=["verified_on", "verified_by"])
