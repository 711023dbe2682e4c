"""The pages of an ask, of a request in every standing, and of those who are invited to one."""

from collections.abc import Iterator

from demo.play.acts import HAIKU, OPUS
from demo.play.standing import Rows
from demo.shots.scene import PageAction, Screenshot, send, unfold
from requests_app.models import AccessRequest, Invitation
from requests_app.states import InvitationState

PARTS = ("models", "about", "purpose", "use", "safety", "terms")
SAVE = "Save and continue"


def scenes(rows: Rows) -> Iterator[Screenshot]:
    yield Screenshot("requests", "/requests/", "alice")
    yield Screenshot("requests-many", "/requests/", "olga")
    yield Screenshot("requests-none", "/requests/", "uma")
    yield Screenshot("requests-invited", "/requests/", "new")
    yield Screenshot("ask", f"/requests/new/?model={OPUS}", "uma")
    yield Screenshot("ask-not-possible", f"/requests/new/?model={OPUS}", "alice")
    yield Screenshot("ask-nothing-chosen", "/requests/new/", "uma", [send(SAVE)])
    yield from _draft(rows)
    yield from _questions(rows)
    for standing, row in rows.items():
        yield Screenshot(f"request-{standing}", f"/requests/{row}/", _who(row))
    yield from _more_of_requests(rows)
    yield from _invitations()


def _who(row: AccessRequest) -> str:
    return str(row.requester.email).removesuffix("@example.org")


def _draft(rows: Rows) -> Iterator[Screenshot]:
    draft = f"/requests/{rows['draft']}"
    yield Screenshot("ask-parts", f"{draft}/edit/", "jonas")
    for part in PARTS:
        yield Screenshot(f"ask-{part}", f"{draft}/edit/{part}/", "jonas")
    yield Screenshot("ask-people", f"{draft}/people/", "jonas")
    yield Screenshot("ask-files", f"{draft}/files/", "jonas")
    yield Screenshot("ask-check", f"{draft}/check/", "jonas")
    wrong: dict[str, PageAction] = {
        "about": send(SAVE, orcid="1234", github="not a link"),
        "use": send(SAVE, expected_cost="a lot", starts_on="soon", ends_on="2020-01-01"),
        "people": send("Send invitation", email="jonas@example.org"),
        "files": send("Attach file"),
        "check": send("Send for review"),
    }
    for part, step in wrong.items():
        place = f"edit/{part}" if part in PARTS else part
        yield Screenshot(f"ask-{part}-wrong", f"{draft}/{place}/", "jonas", [step])


def _questions(rows: Rows) -> Iterator[Screenshot]:
    ready, open_yet = f"/requests/{rows['ready']}", f"/requests/{rows['questions']}"
    yield Screenshot("ask-ready-parts", f"{ready}/edit/", "olga")
    yield Screenshot("ask-ready-people", f"{ready}/people/", "olga")
    yield Screenshot("ask-ready-files", f"{ready}/files/", "olga")
    yield Screenshot("ask-ready-check", f"{ready}/check/", "olga")
    german = f"/requests/{rows['german-draft']}"
    yield Screenshot("ask-german-check", f"{german}/check/", "lena")
    yield Screenshot("ask-questions-answered", f"{ready}/edit/questions/", "olga")
    yield Screenshot("ask-questions-parts", f"{open_yet}/edit/", "mei")
    yield Screenshot("ask-questions", f"{open_yet}/edit/questions/", "mei")
    wrong = {"answers\\.prompts": "a few", "answers\\.method": "Word. " * 120}
    yield Screenshot(
        "ask-questions-wrong", f"{open_yet}/edit/questions/", "mei", [send(SAVE, **wrong)]
    )
    yield Screenshot("ask-changes", f"/requests/{rows['returned']}/edit/", "mei")
    yield Screenshot("ask-changes-part", f"/requests/{rows['returned']}/edit/safety/", "mei")


def _more_of_requests(rows: Rows) -> Iterator[Screenshot]:
    denied, review = f"/requests/{rows['denied']}/", f"/requests/{rows['in-review']}/"
    yield Screenshot("request-denied-appeal", denied, "tomas", [unfold])
    yield Screenshot("request-denied-appeal-wrong", denied, "tomas", [unfold, send("Appeal")])
    yield Screenshot("request-in-review-acts", review, "alice", [unfold])
    yield Screenshot("request-as-collaborator", f"/requests/{rows['narrowed']}/", "kofi")
    yield Screenshot("request-of-others", f"/requests/{rows['with-answers']}/", "mei")
    yield Screenshot("request-people", f"/requests/{rows['narrowed']}/people/", "olga")
    yield Screenshot("request-files", f"/requests/{rows['with-answers']}/files/", "ines")


def _invitations() -> Iterator[Screenshot]:
    states = InvitationState
    under = Invitation.objects.filter(access_request__requested_models__ai_model__identifier=HAIKU)
    mine = under.filter(access_request__requester__email="olga@example.org")
    for state in (states.WAITING, states.ACCEPTED, states.DECLINED, states.WITHDRAWN):
        row = mine.get(state=state)
        who = row.email.removesuffix("@example.org")
        yield Screenshot(f"invitation-{state.value}", f"/invitations/{row.public_id}/", who)
    waiting = mine.get(state=states.WAITING)
    yield Screenshot("invitation-signed-out", f"/invitations/{waiting.public_id}/")
    yield Screenshot("invitation-of-others", f"/invitations/{waiting.public_id}/", "alice")
