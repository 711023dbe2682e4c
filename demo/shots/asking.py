"""The pages of an ask, of a request in every standing, and of those who are invited to one."""

from collections.abc import Iterator

from demo.play.acts import HAIKU, OPUS
from demo.play.standing import Rows
from demo.shots.scene import Scene, Step, send, unfold
from requests_app.models import AccessRequest, Invitation
from requests_app.states import InvitationState

PARTS = ("models", "about", "purpose", "use", "safety", "terms")
SAVE = "Save and continue"


def scenes(rows: Rows) -> Iterator[Scene]:
    yield Scene("requests", "/requests/", "alice")
    yield Scene("requests-many", "/requests/", "olga")
    yield Scene("requests-none", "/requests/", "uma")
    yield Scene("requests-invited", "/requests/", "new")
    yield Scene("ask", f"/requests/new/?model={OPUS}", "uma")
    yield Scene("ask-not-possible", f"/requests/new/?model={OPUS}", "alice")
    yield Scene("ask-nothing-chosen", "/requests/new/", "uma", [send(SAVE)])
    yield from _draft(rows)
    yield from _questions(rows)
    for standing, row in rows.items():
        yield Scene(f"request-{standing}", f"/requests/{row}/", _who(row))
    yield from _more_of_requests(rows)
    yield from _invitations()


def _who(row: AccessRequest) -> str:
    return str(row.requester.email).removesuffix("@example.org")


def _draft(rows: Rows) -> Iterator[Scene]:
    draft = f"/requests/{rows['draft']}"
    yield Scene("ask-parts", f"{draft}/edit/", "jonas")
    for part in PARTS:
        yield Scene(f"ask-{part}", f"{draft}/edit/{part}/", "jonas")
    yield Scene("ask-people", f"{draft}/people/", "jonas")
    yield Scene("ask-files", f"{draft}/files/", "jonas")
    yield Scene("ask-check", f"{draft}/check/", "jonas")
    wrong: dict[str, Step] = {
        "about": send(SAVE, orcid="1234", github="not a link"),
        "use": send(SAVE, expected_cost="a lot", starts_on="soon", ends_on="2020-01-01"),
        "people": send("Send the invitation", email="jonas@example.org"),
        "files": send("Attach this file"),
        "check": send("Send for review"),
    }
    for part, step in wrong.items():
        place = f"edit/{part}" if part in PARTS else part
        yield Scene(f"ask-{part}-wrong", f"{draft}/{place}/", "jonas", [step])


def _questions(rows: Rows) -> Iterator[Scene]:
    ready, open_yet = f"/requests/{rows['ready']}", f"/requests/{rows['questions']}"
    yield Scene("ask-ready-parts", f"{ready}/edit/", "olga")
    yield Scene("ask-ready-people", f"{ready}/people/", "olga")
    yield Scene("ask-ready-files", f"{ready}/files/", "olga")
    yield Scene("ask-ready-check", f"{ready}/check/", "olga")
    german = f"/requests/{rows['german-draft']}"
    yield Scene("ask-german-check", f"{german}/check/", "lena")
    yield Scene("ask-questions-answered", f"{ready}/edit/questions/", "olga")
    yield Scene("ask-questions-parts", f"{open_yet}/edit/", "mei")
    yield Scene("ask-questions", f"{open_yet}/edit/questions/", "mei")
    wrong = {"answers\\.prompts": "a few", "answers\\.method": "Word. " * 120}
    yield Scene("ask-questions-wrong", f"{open_yet}/edit/questions/", "mei", [send(SAVE, **wrong)])
    yield Scene("ask-changes", f"/requests/{rows['returned']}/edit/", "mei")
    yield Scene("ask-changes-part", f"/requests/{rows['returned']}/edit/safety/", "mei")


def _more_of_requests(rows: Rows) -> Iterator[Scene]:
    denied, review = f"/requests/{rows['denied']}/", f"/requests/{rows['in-review']}/"
    yield Scene("request-denied-appeal", denied, "tomas", [unfold])
    yield Scene("request-denied-appeal-wrong", denied, "tomas", [unfold, send("Appeal")])
    yield Scene("request-in-review-acts", review, "alice", [unfold])
    yield Scene("request-as-collaborator", f"/requests/{rows['narrowed']}/", "kofi")
    yield Scene("request-of-others", f"/requests/{rows['with-answers']}/", "mei")
    yield Scene("request-people", f"/requests/{rows['narrowed']}/people/", "olga")
    yield Scene("request-files", f"/requests/{rows['with-answers']}/files/", "ines")


def _invitations() -> Iterator[Scene]:
    states = InvitationState
    under = Invitation.objects.filter(access_request__requested_models__ai_model__identifier=HAIKU)
    mine = under.filter(access_request__requester__email="olga@example.org")
    for state in (states.WAITING, states.ACCEPTED, states.DECLINED, states.WITHDRAWN):
        row = mine.get(state=state)
        who = row.email.removesuffix("@example.org")
        yield Scene(f"invitation-{state.value}", f"/invitations/{row.public_id}/", who)
    waiting = mine.get(state=states.WAITING)
    yield Scene("invitation-signed-out", f"/invitations/{waiting.public_id}/")
    yield Scene("invitation-of-others", f"/invitations/{waiting.public_id}/", "alice")
