"""A researcher's access: in every standing, its keys and receipts, more time."""

from collections.abc import Iterator

from demo.play.standing import Rows
from demo.shots.scene import Screenshot, press, send, unfold
from requests_app.models import Grant, Key
from requests_app.states import KeyState


def scenes(rows: Rows) -> Iterator[Screenshot]:
    yield Screenshot("access", "/access/", "noor")
    yield Screenshot("access-many", "/access/", "dara")
    yield Screenshot("access-none", "/access/", "alice")
    grants = {standing: row.grants.first() for standing, row in rows.items()}
    for standing, grant in grants.items():
        if grant:
            name = "grant" if standing == "approved" else f"grant-{standing}"
            yield Screenshot(name, f"/access/{grant}/", _holder(grant))
    narrowed, ending = rows["narrowed"].grants.get(), rows["ending"].grants.get()
    yield Screenshot("grant-acts", f"/access/{narrowed}/", "olga", [unfold])
    yield Screenshot("grant-shared", f"/access/{narrowed}/", "kofi")
    yield Screenshot("request-shared", f"/requests/{rows['narrowed']}/", "yuki")
    yield Screenshot("more-time", f"/requests/new/?continues={ending}", "dara")
    yield Screenshot("more-time-refused", f"/requests/new/?continues={narrowed}", "olga")
    yield from _keys(rows)


def _holder(grant: Grant) -> str:
    return str(grant.holder.email).removesuffix("@example.org")


def _keys(rows: Rows) -> Iterator[Screenshot]:
    for key in Key.objects.filter(grant__access_request=rows["narrowed"], state=KeyState.REVOKED):
        yield Screenshot("key-receipt", f"/keys/{key.public_id}/receipt/", "olga")
    to_claim = rows["to-claim"].grants.get()
    wrong = send("Create key", networks="192.0.2.0/33")
    yield Screenshot("key-wrong-network", f"/access/{to_claim}/", "kofi", [wrong])
    yield Screenshot("key", f"/access/{to_claim}/", "kofi", [send("Create key")])
    to_rotate = rows["to-confirm"].grants.get()
    yield Screenshot(
        "key-rotated",
        f"/access/{to_rotate}/",
        "dara",
        [unfold, press("form[action$='/rotate/'] button")],
    )
    yield Screenshot(
        "grant-ended-early",
        f"/access/{to_claim}/",
        "kofi",
        [unfold, press("form[action$='/end/'] button")],
    )
