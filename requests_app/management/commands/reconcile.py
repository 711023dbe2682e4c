"""`manage.py reconcile`: compare the keys of other gateways with ours."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from requests_app import issuers
from requests_app.actions.keys import reconciliation
from requests_app.actions.keys.reconciliation import KINDS, MAX_EXAMPLES, ReconciliationReport
from requests_app.issuers import Issuer, IssuerError
from requests_app.issuers.key_terms import bound_to_networks

MEANING = {
    "missing": "missing at the gateway",
    "extra": "at the gateway, but not expected",
    "changed": "with differences (models, limits, end, blocked)",
    "unconfirmed": "never confirmed",
}
# What is done about each kind of difference, except in a dry run.
REPAIR = {
    "missing": "will be looked up again; if one is lost, its key fails and the holder is notified",
    "extra": "deleted",
    "changed": "corrected",
    "unconfirmed": "deleted; their holders can create new ones",
}


class Command(BaseCommand):
    help = "Compare the keys at other gateways with the expected ones, and repair differences."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Only report.")
        parser.add_argument("--issuer", help="Only this gateway, by its name in ISSUERS.")

    def handle(self, *args: Any, **options: Any) -> None:
        names = [options["issuer"]] if options["issuer"] else list(settings.ISSUERS)
        if not names:
            self.stdout.write("ISSUERS names no gateway, so there is nothing to compare.")
        failed = [name for name in names if not self._compare(name, options["dry_run"])]
        if failed:
            raise CommandError(f"Not compared: {', '.join(failed)}. See above, then try again.")

    def _compare(self, name: str, dry_run: bool) -> bool:
        try:
            issuer = issuers.get_issuer(name)
            report = reconciliation.reconcile(issuer, now=timezone.now(), dry_run=dry_run)
        except IssuerError as error:
            self.stderr.write(f"{name}: {error}")
            return False
        for line in (*lines(report, dry_run), *_unrotatable(issuer)):
            self.stdout.write(line)
        return True


def _unrotatable(issuer: Issuer) -> list[str]:
    """Return lines about keys that their holders have to replace by hand."""
    bound = list(bound_to_networks(issuer).values_list("public_id", flat=True)[: MAX_EXAMPLES + 1])
    if not bound:
        return []
    more = " and more" if len(bound) > MAX_EXAMPLES else ""
    named = ", ".join(bound[:MAX_EXAMPLES])
    return [
        "  Limited to networks, so they can't be rotated. Their holders have to revoke them and "
        f"create new ones: {named}{more}"
    ]


def lines(report: ReconciliationReport, dry_run: bool) -> list[str]:
    """Return the report on one gateway."""
    run = report.run
    lines_out = [f"{run.issuer}: {run.expected:,} keys expected, {run.listed:,} listed."]
    for kind in KINDS:
        count = getattr(run, kind)
        if count:
            named = ", ".join(report.examples[kind])
            more = f", and {count - MAX_EXAMPLES:,} more" if count > MAX_EXAMPLES else ""
            repair = "" if dry_run else f": {REPAIR[kind]}"
            lines_out += [f"  {count:,} {MEANING[kind]}{repair}.", f"    {named}{more}"]
    if not report.differences:
        return [*lines_out, "  No differences."]
    end = "Nothing was changed." if dry_run else "The sweeps repair this within minutes."
    return [*lines_out, f"  {end}"]
