"""What requesters do in a history."""

from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from requests_app.actions.grants import grants
from requests_app.actions.requests import requests
from requests_app.models import AccessRequest, Grant
from tests.support import accepted_collaborators, reference_model
from tests.support.histories.player import HistoryMachine
from tests.support.histories.strategies import PARTS, some, texts
from tests.support.histories.vocabulary import as_ask
from tests.support.reference_model import OPEN

DEEDS = ("send", "withdraw", "appeal", "give back")
USUAL = {"draft": "send", "denied": "appeal", "approved": "give back"}


class Requesters(HistoryMachine):
    """They ask, write anew, send, withdraw, appeal and give back."""

    def ask(self, by: str, text: reference_model.RequestText, *, submit: bool) -> None:
        row = self.both(
            lambda: accepted_collaborators.save(as_ask(text), by=self.user(by), submit=submit),
            lambda: self.world.save(by, text, None, self.now, submit=submit),
        )
        if row:
            self.rows.append(row)

    @precondition(lambda self: len(self.rows) < 4 and not (self.any_open() and self.rows[1:]))
    @rule(data=st.data(), by=st.sampled_from(("alice", "sam")), submit=some)
    def ask_again(self, data: st.DataObject, by: str, submit: int) -> None:
        text = data.draw(texts(self.now.date()))
        if submit < 90 and any(r.requester == by and r.state in OPEN for r in self.world.requests):
            by = "sam" if by == "alice" else "alice"
        if by not in text.collaborators:
            self.ask(by, text, submit=submit < 80)

    @precondition(lambda self: self.has("draft", "returned"))
    @rule(data=st.data(), parts=st.sets(st.sampled_from(PARTS), max_size=2), number=some)
    def write_anew(self, data: st.DataObject, parts: set[str], number: int) -> None:
        wanted, row = self.latest("draft", "returned")
        if number % 2 and wanted.stages:
            parts = parts - wanted.stages[0].step.rereview_on
        text = self.changed(wanted.text, data.draw(texts(self.now.date())), parts)
        if number < 90:
            text = replace(text, starts_on=max(text.starts_on, self.now.date()))
        self.rewrite(wanted, row, text, by="bob" if number > 95 else "", submit=number < 80)

    def changed(
        self, text: reference_model.RequestText, fresh: reference_model.RequestText, parts: set[str]
    ) -> reference_model.RequestText:
        names = {"days" if part == "dates" else part for part in parts}
        return replace(text, **{name: getattr(fresh, name) for name in names})

    def rewrite(
        self,
        wanted: reference_model.Request,
        row: AccessRequest,
        text: reference_model.RequestText,
        *,
        by: str,
        submit: bool,
    ) -> None:
        by = by or wanted.requester
        if wanted.requester in text.collaborators:
            return
        self.both(
            lambda: accepted_collaborators.save(
                as_ask(text), by=self.user(by), access_request=row, submit=submit
            ),
            lambda: self.world.save(by, text, wanted, self.now, submit=submit),
        )

    @precondition(lambda self: self.has("draft", "returned", "approved", "denied"))
    @rule(number=some, what=st.sampled_from(DEEDS))
    def requester_acts(self, number: int, what: str) -> None:
        """Mostly on the newest, and what is usual there."""
        place = -1 - (number % len(self.rows) if number >= 70 else 0)
        wanted, row = self.pairs()[place]
        if number < 80:
            what = USUAL.get(wanted.state, what)
        by = "vic" if number % 10 == 9 else wanted.requester
        if what == "appeal":
            self.appeal(wanted, row, by)
        elif what == "give back" and wanted.granted and (wanted.has_access or number > 80):
            self.give_back(wanted, row, by)
        elif what == "send":
            self.send(wanted, row, by)
        elif what == "withdraw" and number % 3 == 2:
            self.withdraw(wanted, row, by)

    def appeal(self, wanted: reference_model.Request, row: AccessRequest, by: str) -> None:
        appeal = self.both(
            lambda: requests.appeal(row, by=self.user(by), reason="Look again."),
            lambda: self.world.appeal(wanted, by, "Look again.", self.now),
        )
        if appeal:
            self.rows.append(appeal)

    def give_back(self, wanted: reference_model.Request, row: AccessRequest, by: str) -> None:
        grant = Grant.objects.get(access_request=row)
        self.both(
            lambda: grants.end(grant, by=self.user(by)),
            lambda: self.world.give_back(wanted, by),
        )

    def send(self, wanted: reference_model.Request, row: AccessRequest, by: str) -> None:
        self.both(
            lambda: requests.submit(row, by=self.user(by)),
            lambda: self.world.submit(wanted, by, self.now),
        )

    def withdraw(self, wanted: reference_model.Request, row: AccessRequest, by: str) -> None:
        self.both(
            lambda: requests.withdraw(row, by=self.user(by)),
            lambda: self.world.withdraw(wanted, by),
        )
