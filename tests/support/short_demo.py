"""The demo on a short history: a few of its stories, each begun and ended by the same code.

Started by `python -m tests.support.short_demo`, as `python -m demo` is.
"""

import sys
from typing import TYPE_CHECKING

from demo import data
from demo.__main__ import main

if TYPE_CHECKING:
    from demo.people import Account

play_all = data._play


def play_few() -> "dict[str, Account]":
    from demo.play import histories, standing, whole  # after django.setup()

    whole.STORIES = (standing.noor, standing.jonas, histories.theo)
    return play_all()


if __name__ == "__main__":
    data._play = play_few
    sys.exit(main())
