"""`manage.py load_catalogue`: load a catalogue file into the database."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lifecycle.catalogue import catalogue_file, editors
from lifecycle.catalogue.catalogue_file import ParsedFile
from lifecycle.catalogue.loading import LoadReport
from requests_app.actions.catalogue import file_loading

SHIPPED = Path(catalogue_file.__file__).with_name("data") / "models.json"
MAX_PROBLEMS = 20


class Command(BaseCommand):
    help = (
        "Load a catalogue file. A file with a problem is rejected as a whole; loading twice is "
        "safe. Values set in the admin are kept and listed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        about = "a JSON file; defaults to the one included with Emeritus"
        parser.add_argument("file", nargs="?", type=Path, default=SHIPPED, help=about)

    def handle(self, *args: Any, file: Path, verbosity: int, **options: Any) -> None:
        try:
            report = file_loading.load(read(file))
        except catalogue_file.BadFile as bad:
            raise CommandError(refusal(bad.problems)) from None
        editors.make_group()
        if verbosity:
            self.stdout.write("\n".join(lines(report)))


def read(file: Path) -> ParsedFile:
    try:
        return catalogue_file.parse(file.read_text("utf-8-sig"), file.name)
    except OSError as error:
        raise CommandError(f"{file} can't be read: {error.strerror}.") from None
    except UnicodeDecodeError as error:
        raise CommandError(f"{file} isn't UTF-8 (byte {error.start}). Save it as UTF-8.") from None


def refusal(problems: list[str]) -> str:
    more = len(problems) - MAX_PROBLEMS
    shown = problems[:MAX_PROBLEMS] + ([f"and {more} more"] if more > 0 else [])
    return "\n".join(["Nothing was loaded. Correct these and try again:", *shown])


def lines(report: LoadReport) -> list[str]:
    counts = (len(report.added), len(report.changed), len(report.unchanged))
    told = ["{} models: {} added, {} changed, {} unchanged.".format(sum(counts), *counts)]
    for title, items in (
        ("Added", report.added),
        ("Changed", report.changed),
        ("Dates that moved (the old ones are kept)", report.moved),
        ("Kept as they were", report.kept),
        ("Kept, because they were set in the admin", report.set_by_people),
        ("In the database but not in the file, kept", report.not_in_file),
    ):
        told += [f"{title}:", *(f"  {item}" for item in items)] if items else []
    return told
