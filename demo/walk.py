"""The whole way from a retired model's page to the end of a key, as people and a gateway go it."""

import re
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
from django.conf import settings

from demo import mails
from demo.browser import Browser, BrowserPage
from demo.expecting import UnexpectedResult, expect, wait_for
from demo.gate import GatewayClient
from demo.people import PEOPLE, WALKER, Account
from demo.typed import TYPED
from lifecycle.config.env import ROOT

MODEL, OTHER_MODEL = "claude-3-opus-20240229", "claude-2.1"
OTHER_REVIEWERS = ("sam", "admin")
KEY = re.compile(r"emk_[0-9A-Za-z]{36}")
UNANSWERED = "The policy asks questions of its own, and the walk has no answers to them."
SHORTENED_TO = timedelta(seconds=2)
# How the subjects of the mails begin, and how many of each the walk makes.
MAILS = {
    "Request received": 1,
    "Approved:": 1,
    "A key was created": 2,
    "One of your keys was revoked": 1,
    "Your access now ends on": 1,
    "Your access has ended": 1,
}
OVERTAKEN = "Your access now ends on"  # not sent if that moment has come before its turn


class Walk:
    """Two people's browsers, a gateway, and what they hold on the way."""

    def __init__(self, accounts: Mapping[str, Account]) -> None:
        self.accounts = accounts
        self.wanda, self.reviewer = Browser(settings.SITE_URL), Browser(settings.SITE_URL)
        self.gate = GatewayClient(MODEL)
        self.key = self.request_id = self.grant_id = self.trial = ""
        self.page: BrowserPage
        self.ends_at: datetime

    def run(self) -> str:
        """Print a line for each step; the first that fails, where it stops, or nothing."""
        failed = (sentence for sentence, act in STEPS if not self._step(sentence, act))
        return next(failed, "")

    def _step(self, sentence: str, act: Callable[["Walk"], str | None]) -> bool:
        started = time.perf_counter()
        problem, remark = "", None
        try:
            remark = act(self)
        except (UnexpectedResult, httpx.HTTPError, LookupError, ValueError) as error:
            problem = f"\n        {error}"
        taken = round((time.perf_counter() - started) * 1000)
        word = "FAILED" if problem else "ok"
        print(f"{word:6} {taken:6} ms  {sentence}{f' ({remark})' if remark else ''}{problem}")
        return not problem

    # People -----------------------------------------------------------------------------------

    def sign_in_wanda(self) -> None:
        self._sign_in(self.wanda, WALKER, self.wanda.open("/accounts/login/"))

    def _sign_in(self, browser: Browser, short: str, page: BrowserPage) -> BrowserPage:
        account = self.accounts[short]
        after = browser.send(page, "password", login=account.email, password=account.password)
        if "/accounts/" in after.address:
            raise UnexpectedResult(f"{account.email} was not let in: {after.address}")
        return after

    def open_model(self) -> str | None:
        """Close what a walk that was cut short left open; otherwise nothing can be asked for."""
        self.page = self.wanda.open(f"/models/{MODEL}/")
        left = self.page.link("/access/grant_") or self.page.link("/requests/req_")
        if left:
            page = self.wanda.open(left)
            self.wanda.send(page, "/end/" if "/access/" in left else "/withdraw/")
            self.page = self.wanda.open(f"/models/{MODEL}/")
        return "and closes what an earlier walk left open" if left else None

    def save_draft(self) -> None:
        form = self.wanda.open(self.page.link("/requests/new/"))
        self.page = self.wanda.send(form, "identifiers")
        self.request_id = urlsplit(self.page.address).path.split("/")[2]
        counted = re.search(r"\b1 of \d+ parts is done", self.page.text)
        expect(counted, "The list of parts doesn't count one.")

    def fill_in(self) -> None:
        """Each page leads to the next; the last to where all is checked."""
        self.page = self.wanda.open(self.page.link("/edit/about/"))
        for field, fields in TYPED:
            self.page = self.wanda.send(self.page, field, **fields)
        files = self.wanda.open(self.page.link("/files/"))  # Wanda works alone
        questions = files.link("/edit/questions/")
        terms = self.wanda.open(f"/requests/{self.request_id}/edit/terms/")
        self.page = self.wanda.send(terms, "attests", accepted_terms="on", attests="on")
        missing = UNANSWERED if questions else "Something is missing yet."
        expect("Before you can send it" not in self.page.text, missing)

    def send_draft(self) -> None:
        self.page = self.wanda.send(self.page, "/submit/")
        expect("In review" in self.page.text, "The page of the request doesn't say: in review.")

    def open_review(self, short: str = "rita") -> None:
        desk = "/admin/requests_app/accessrequest/"
        page = self._sign_in(self.reviewer, short, self.reviewer.open(desk))
        rows = page.text.split("<tr")
        row = next((row for row in rows if self.request_id in row), "")
        found = re.search(rf"{desk}\d+/change/", row)
        if found is None:
            raise UnexpectedResult(f"{self.request_id} isn't on the review desk.")
        self.page = self.reviewer.open(found.group())

    def approve(self) -> str:
        """Each in their step, until no step is left."""
        decided = ["Rita"]
        self._approve()
        for short in OTHER_REVIEWERS:
            if "Approved" in self._request_page().text:
                break
            self.reviewer = Browser(settings.SITE_URL)
            self.open_review(short)
            self._approve()
            decided.append(PEOPLE[short].name.split()[0])
        expect("Approved" in self._request_page().text, "The request isn't approved.")
        return ", ".join(decided)

    def _approve(self) -> None:
        reason = "A clear question that no newer model can answer."
        page = self.reviewer.send(self.page, "reason", button="choice=approve", reason=reason)
        expect("Please confirm" in page.text, "The desk doesn't ask to confirm.")
        self.reviewer.send(page, "shown", button="confirmed")  # leads to what waits next

    def _request_page(self) -> BrowserPage:
        return self.wanda.open(f"/requests/{self.request_id}/")

    # The key ----------------------------------------------------------------------------------

    def claim(self) -> None:
        page = self._request_page()
        self.grant_id = urlsplit(page.link("/access/grant_")).path.split("/")[2]
        page = self._claim()
        shown = KEY.findall(page.text)
        expect(len(shown) == 1, "The page doesn't show one key, once.")
        self.key, self.trial = shown[0], page.link("#try")

    def _claim(self) -> BrowserPage:
        return self.wanda.send(self._grant_page(), "/claim/")

    def _grant_page(self) -> BrowserPage:
        return self.wanda.open(f"/access/{self.grant_id}/")

    def see_it_once(self) -> None:
        claim = f"/access/{self.grant_id}/claim/"
        pages = [self._grant_page(), self.wanda.open(claim), self.wanda.open("/access/")]
        pages += [self._request_page(), self.reviewer.open(self.page.address)]
        for page in pages:
            expect(self.key not in page.text, f"{page.address} shows the key again.")

    def revoke(self) -> None:
        self.wanda.send(self._grant_page(), "/revoke/")

    def shorten(self) -> None:
        """Through the REST API, with the browser's session."""
        wanted = (datetime.now(UTC) + SHORTENED_TO).isoformat()
        client = self.wanda.client
        answer = client.post(
            f"/api/v1/grants/{self.grant_id}/shorten/",
            json={"ends_at": wanted},
            headers={
                "Origin": settings.SITE_URL,
                "X-CSRFToken": client.cookies[settings.CSRF_COOKIE_NAME],
                "Idempotency-Key": str(uuid.uuid4()),
            },
        )
        expect(answer.status_code == 200, f"The API answered {answer.status_code}: {answer.text}")
        self.ends_at = datetime.fromisoformat(answer.json()["ends_at"])

    # The gateway ------------------------------------------------------------------------------

    def pass_gate(self) -> str:
        return f"as {self.gate.passes(self.key)}"

    def call_model(self) -> None:
        """As the page of the access says; the answer is a stand-in's, and says so."""
        page = self.wanda.open(self.trial)
        expect(settings.MODELS_URL in page.text, "The page doesn't say where calls go.")
        self.gate.calls(self.key)
        tried = self.wanda.send(page, "key", key=self.key)
        expect("invented" in tried.text, "“Try it” doesn't show the answer.")
        expect(self.key not in tried.text, "“Try it” shows the key.")
        wait_for(self._tokens, lambda: "The page of the access shows no tokens of these calls.")

    def _tokens(self) -> bool:
        return bool(re.search(r'"Tokens in">\s*[1-9]', self._grant_page().text))

    def be_refused_elsewhere(self) -> None:
        self.gate.refuses(self.key, 403, "wrong-model", model=OTHER_MODEL)

    def come_without_key(self) -> None:
        self.gate.refuses("", 410, "model-retired")

    def be_refused_at_once(self) -> None:
        """The very first question after the page's answer: the promise has no delay in it."""
        self.gate.refuses(self.key, 401, "revoked-key")

    def claim_again(self) -> None:
        revoked = self.key
        self.claim()
        expect(self.key != revoked, "The same key came back.")
        self.pass_gate()

    def outlive_the_grant(self) -> str:
        late = self.gate.ends(self.key, self.ends_at)
        return f"first no {late / timedelta(milliseconds=1):.0f} ms after it"

    # What follows -----------------------------------------------------------------------------

    def be_swept(self) -> None:
        wait_for(
            lambda: self._grant()["state"] == "ended", lambda: "The sweep never ended the grant."
        )

    def _grant(self) -> Any:
        return self.wanda.client.get(f"/api/v1/grants/{self.grant_id}/").json()

    def verify_audit(self) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", "audit", "verify"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        expect(done.returncode == 0, done.stderr.strip())
        return done.stdout.strip().rstrip(".")

    def get_mails(self) -> str:
        wait_for(
            lambda: {OVERTAKEN: 1, **self._mails()} == MAILS, lambda: f"They are {self._mails()}"
        )
        return f"{sum(self._mails().values())} emails"

    def _mails(self) -> dict[str, int]:
        """By how the subject begins; an unknown one counts as itself."""
        found: dict[str, int] = {}
        wanda = self.accounts[WALKER].email
        for subject, times in mails.subjects_about(wanda, self.request_id, self.grant_id).items():
            start = next((start for start in MAILS if subject.startswith(start)), subject)
            found[start] = found.get(start, 0) + times
        return found


STEPS: tuple[tuple[str, Callable[[Walk], str | None]], ...] = (
    ("Wanda signs in", Walk.sign_in_wanda),
    (f"she opens the page of {MODEL}", Walk.open_model),
    ("she starts a draft with the model", Walk.save_draft),
    ("she fills in its other parts, page by page", Walk.fill_in),
    ("she sends the draft for review", Walk.send_draft),
    ("Rita signs in, and finds the request on the review desk", Walk.open_review),
    ("it is approved, with a reason, in each of its steps", Walk.approve),
    ("Wanda creates her key", Walk.claim),
    ("the gateway lets the key through", Walk.pass_gate),
    (
        "her first calls are answered, whole, as a stream, by “Try it”, and their tokens counted",
        Walk.call_model,
    ),
    (f"it refuses the key for {OTHER_MODEL}", Walk.be_refused_elsewhere),
    ("without a key it says that the model is retired", Walk.come_without_key),
    ("no page shows the key again", Walk.see_it_once),
    ("Wanda revokes the key", Walk.revoke),
    ("the gateway refuses it at once", Walk.be_refused_at_once),
    ("Wanda creates another key, and it gets through", Walk.claim_again),
    ("she shortens her access to two seconds, by API", Walk.shorten),
    ("the gateway refuses the key from that end on", Walk.outlive_the_grant),
    ("the sweep marks the access as ended", Walk.be_swept),
    ("the chain of events holds", Walk.verify_audit),
    ("Wanda was told of everything, each exactly once", Walk.get_mails),
)
