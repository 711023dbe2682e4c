"""`manage.py audit verify`: verify all audit chains, and the texts that they record."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from requests_app.models import Event
from requests_app.transitions import audit_chain, recorded_texts


class Command(BaseCommand):
    help = (
        "Check that no event was changed, removed or put in between, and no transcript or essay "
        "was changed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["verify"])

    def handle(self, *args: Any, **options: Any) -> None:
        problems = [*audit_chain.problems(), *recorded_texts.problems()]
        if problems:
            raise CommandError("\n".join(problems))
        self.stdout.write(f"{Event.objects.count()} events, every chain holds.")
