"""The whole play."""

from collections.abc import Callable, Sequence

import time_machine
from django.utils import timezone

from demo.play import BEGINS, access, desk, drafts, histories, standing
from demo.play.cast import arrive
from demo.play.conductor import Story, perform
from demo.play.rulebook import rulebook
from demo.play.standing import Rows

STORIES: Sequence[Callable[[Rows], Story]] = (
    standing.alice,
    standing.jonas,
    standing.mei,
    standing.tomas,
    standing.ines,
    standing.noor,
    histories.olga,
    histories.kofi,
    histories.vera,
    histories.theo,
    access.bram,
    access.brams_other,
    access.dara,
    access.daras_long_one,
    access.line,
    access.yuki,
    access.extension,
    access.emergencies,
    access.lena,
    drafts.questions,
    drafts.unanswered,
    drafts.last_word,
)


def play(password: str) -> Rows:
    """From how a request stands to that request; each asker can sign in with this password."""
    rows: Rows = {}
    with time_machine.travel(timezone.now() - BEGINS):
        arrive(password)
    told = [story(rows) for story in STORIES]
    ready = (drafts.ready(rows, "ready", "olga"), drafts.ready(rows, "german-draft", "lena"))
    perform([rulebook(), *told, *ready, desk.desk()])
    return rows
