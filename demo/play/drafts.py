"""Drafts with all that one can have: answers, files, people who said yes, no, and nothing yet."""

from dataclasses import replace

from demo.play.acts import HAIKU, SONNET, ask, attach, complete, person
from demo.play.conductor import Story
from demo.play.histories import accept
from demo.play.standing import Rows
from requests_app.actions.requests import invitations, requests

PLAN = "Study plan\n\n1. Ask each prompt five times.\n2. Rate the answers.\n3. Publish all.\n"
PROMPTS = "number,prompt\n1,Which dose is safe for a child?\n2,May I stop taking this?\n"


def ready(rows: Rows, label: str, by: str) -> Story:
    yield 2.2
    draft = rows[label] = requests.save(complete(by, HAIKU, starts_in=7), by=person(by))
    attach(draft, "study-plan.txt", PLAN.encode())
    attach(draft, "prompts.csv", PROMPTS.encode())
    yes, no, gone, _open = (
        invitations.invite(draft, f"{short}@example.org", by=person(by))
        for short in ("kofi", "ines", "tomas", "new")
    )
    accept(yes)
    invitations.decline(no, by=person("ines"))
    accept(gone)
    invitations.withdraw(gone, by=person(by))


def questions(rows: Rows) -> Story:
    """A draft whose questions are all open."""
    yield 2
    rows["questions"] = requests.save(
        replace(complete("mei", SONNET, starts_in=7), answers={}), by=person("mei")
    )


def unanswered(rows: Rows) -> Story:
    """Half of the time is over, and the alternates are called."""
    yield 7
    rows["called"] = ask("tomas", SONNET)
    yield 4.4  # a reminder
    yield 1.9


def last_word(rows: Rows) -> Story:
    yield 0.1
    draft = requests.save(complete("ines", HAIKU), by=person("ines"))
    accept(invitations.invite(draft, "mei@example.org", by=person("ines")))
    attach(draft, "study-plan.txt", PLAN.encode())
    rows["with-answers"] = requests.submit(draft, by=person("ines"))
