"""What the reader of a request's page has to do next, shown in one box at its top."""

from typing import NamedTuple

from lifecycle.people.models import User
from requests_app.models import AccessRequest, Grant
from requests_app.states import GrantState, RequestState
from requests_app.web.access.badges import CURRENT, has_accepted

RELATED = ("grants__keys", "grants__collaborators")


class NextStep(NamedTuple):
    """`template_name` is a template in `parts/needed/`, about `grant` if given."""

    template_name: str
    grant: Grant | None = None


def of_request(access_request: AccessRequest, person: User) -> NextStep:
    """Return the next step; needs `RELATED` prefetched."""
    is_own = access_request.requester_id == person.pk
    grant = next(iter(access_request.grants.all()), None)
    if grant and (is_own or _shares(grant, person)):
        return NextStep(_of_grant(grant, person), grant)
    if not is_own:
        return NextStep("nothing")
    return NextStep(str(RequestState(access_request.state).value))


def _of_grant(grant: Grant, person: User) -> str:
    if grant.state != GrantState.ACTIVE:
        return f"grant_{grant.state}"
    if not has_accepted(grant, person):
        return "accept"
    keys = [key for key in grant.keys.all() if key.holder_id == person.pk]
    return "grant_active" if any(key.state in CURRENT for key in keys) else "claim"


def _shares(grant: Grant, person: User) -> bool:
    return any(p.person_id == person.pk and not p.removed_at for p in grant.collaborators.all())
