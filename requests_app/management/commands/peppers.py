"""`manage.py peppers`: list which versions of KEY_PEPPERS are still needed."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from requests_app.reports import peppers


class Command(BaseCommand):
    help = "Count the live keys and service tokens under each pepper."

    def handle(self, *args: Any, **options: Any) -> None:
        live = peppers.live()
        for version in sorted({*settings.KEY_PEPPERS, *live["keys"], *live["tokens"]}):
            keys, tokens = live["keys"][version], live["tokens"][version]
            advice = status_of(version, in_use=bool(keys or tokens))
            self.stdout.write(f"{version}: {keys} live keys, {tokens} live tokens; {advice}")


def status_of(version: int, *, in_use: bool) -> str:
    if version not in settings.KEY_PEPPERS:
        return "MISSING from KEY_PEPPERS, put it back" if in_use else "gone"
    if version == max(settings.KEY_PEPPERS):
        return "used for new keys"
    return "still needed" if in_use else "can be removed"
