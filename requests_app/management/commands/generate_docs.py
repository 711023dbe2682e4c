"""`manage.py generate_docs`: write the pages that are made from the code's tables."""

from argparse import ArgumentParser
from collections.abc import Iterator
from io import StringIO
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from lifecycle.config.env import ROOT
from requests_app.notices.registry import NOTICE_RULES
from requests_app.states import MACHINES, Machine

NOTE = "<!-- Made by `manage.py generate_docs`; change the code's tables instead. -->\n"


class Command(BaseCommand):
    help = "Write docs/states.md, docs/notices.md and docs/openapi.yaml."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="Write nothing; fail when stale.")

    def handle(self, *args: Any, **options: Any) -> None:
        pages = {"states.md": states_page(), "notices.md": notices_page(), "openapi.yaml": schema()}
        for name, text in pages.items():
            path = ROOT / "docs" / name
            if not options["check"]:
                path.write_text(text)
            elif not path.exists() or path.read_text() != text:
                raise CommandError(f"docs/{name} is stale. Run: manage.py generate_docs")


def states_page() -> str:
    parts = [NOTE, "# States and moves\n"]
    for machine in MACHINES:
        parts += [f"## {machine.name.capitalize()}\n", _diagram(machine), _owners(machine)]
    return "\n".join(parts)


def _diagram(machine: Machine) -> str:
    arrows = [f"    [*] --> {machine.initial}"]
    for action, move in machine.moves.items():
        arrows += [f"    {source} --> {move.target}: {action}" for source in move.sources]
    arrows += [f"    {state} --> [*]" for state in machine.terminal]
    return "\n".join(["```mermaid", "stateDiagram-v2", *arrows, "```", ""])


def _owners(machine: Machine) -> str:
    rows = [f"| `{state}` | {machine.owners[state]} |" for state in machine.states.values]
    return "\n".join(["| state | who has it |", "|---|---|", *rows, ""])


def notices_page() -> str:
    return "\n".join(
        [
            NOTE,
            "# Who is told what\n",
            "| event | message | to | in the daily digest | chat |",
            "|---|---|---|---|---|",
            *_notice_rules(),
            "",
        ]
    )


def _notice_rules() -> Iterator[str]:
    for kind, tellings in NOTICE_RULES.items():
        for told in tellings:
            waits, chat = ("yes" if told.can_wait else ""), ("yes" if told.chat else "")
            yield f"| `{kind}` | `{told.template}` | {told.audience.__doc__} | {waits} | {chat} |"


def schema() -> str:
    out = StringIO()
    call_command("spectacular", stdout=out)
    return out.getvalue()
