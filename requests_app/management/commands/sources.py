"""`manage.py sources due|verify`: the pages that the catalogue's facts were taken from."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from lifecycle.catalogue import sources
from lifecycle.catalogue.models import Source
from lifecycle.people.email import addresses
from requests_app.actions.catalogue.sources import verify
from requests_app.refusals import Refusal


class Command(BaseCommand):
    help = "List the sources that are due to be read again, or note that one was read."

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_subparsers(dest="what", required=True)
        due = what.add_parser("due", help="sources nobody has read for SOURCE_CHECK_DAYS")
        due.add_argument("--json", action="store_true", help="one JSON list instead of lines")
        read = what.add_parser("verify", help="note that a source still states the facts")
        read.add_argument("url", help="as the list shows it")
        read.add_argument("--by", required=True, metavar="EMAIL", help="who read it")

    def handle(self, *args: Any, what: str, **options: Any) -> None:
        if what == "verify":
            self._verify(options["url"], options["by"])
        else:
            self._list(as_json=options["json"])

    def _list(self, *, as_json: bool) -> None:
        rows = list(sources.due(timezone.now().date()))
        if as_json:
            found = [{"url": row.url, "verified_on": row.verified_on} for row in rows]
            self.stdout.write(json.dumps(found, indent=2, default=str))
            return
        for row in rows:
            self.stdout.write(f"{row.verified_on or 'never':<10}  {row.url}")
        number = "1 source is" if len(rows) == 1 else f"{len(rows):,} sources are"
        self.stdout.write(f"{number} due." if rows else "No source is due.")

    def _verify(self, url: str, email: str) -> None:
        source, person = Source.objects.filter(url=url).first(), addresses.person_at(email)
        if source is None:
            raise CommandError("The catalogue has no such source. Copy it from `sources due`.")
        if person is None:
            raise CommandError("No account has this address.")
        try:
            verify(source, by=person)
        except Refusal as refusal:
            raise CommandError(refusal.sentence) from None
        self.stdout.write(f"Verified today (UTC): {url}")
