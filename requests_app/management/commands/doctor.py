"""`manage.py doctor`: what is in order, and what to do about the rest."""

import json
import sys
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from requests_app.reports.health import diagnosis
from requests_app.reports.health.findings import Finding, Level


class Command(BaseCommand):
    help = "Check settings, servers, email, background work and policies, a line for each finding."
    requires_system_checks: list[str] = []  # noqa: RUF012  # they are among the findings

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="write JSON, for programs")
        about = "also send an email there, and say what the server answered"
        parser.add_argument("--mail-to", default="", metavar="ADDRESS", help=about)

    def handle(self, *args: Any, json: bool, mail_to: str, **options: Any) -> None:
        found = diagnosis.findings(mail_to)
        counts = self._write_json(found) if json else self._write_lines(found)
        if counts[Level.PROBLEM]:
            sys.exit(1)

    def _write_json(self, found: Iterable[Finding]) -> Counter[Level]:
        rows = list(found)
        counts = Counter(row.level for row in rows)
        numbers = {"problems": counts[Level.PROBLEM], "warnings": counts[Level.WARNING]}
        rows_written = [asdict(row) for row in rows]
        self.stdout.write(json.dumps({**numbers, "findings": rows_written}, indent=1))
        return counts

    def _write_lines(self, found: Iterable[Finding]) -> Counter[Level]:
        """Write each as soon as it is found: some checks wait for a server."""
        counts: Counter[Level] = Counter()
        styles = {
            Level.OK: self.style.SUCCESS,
            Level.WARNING: self.style.WARNING,
            Level.PROBLEM: self.style.ERROR,
        }
        for row in found:
            counts[row.level] += 1
            text = f"{row.about}: {row.found}" + (f" → {row.advice}" if row.advice else "")
            self.stdout.write(f"{styles[row.level](f'{row.level:<8}')} {text}")
        numbers = counts[Level.PROBLEM], counts[Level.WARNING]
        self.stdout.write("Problems: {}. Warnings: {}.".format(*numbers))
        return counts
