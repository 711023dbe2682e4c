"""`manage.py messages`: bring the catalogues of the other languages up to date, or check them."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Gather what is marked for translation into locale/, and compile it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="Write nothing; fail when stale.")

    def handle(self, *args: Any, **options: Any) -> None:
        from lifecycle.config import catalogues  # needs Babel, which servers don't have

        for language in catalogues.translated():
            if not options["check"]:
                catalogues.write(language)
            found = list(catalogues.problems(language))
            for problem in found:
                self.stderr.write(f"{language}: {problem}")
            if found and options["check"]:
                raise CommandError(f"{len(found)} to do in locale/. See docs/translating.md")
