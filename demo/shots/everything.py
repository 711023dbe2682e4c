"""All there is to draw."""

from collections.abc import Iterator

from demo.play.standing import Rows
from demo.shots import access, account, asking, desk, factors, register, site, site_admin
from demo.shots.scene import LIGHT, PRINTED, Screenshot

PRINT = ("request-approved", "grant", "model")
GERMAN = {
    "home": "home",
    "model": "model",
    "ask-check": "ask-german-check",
    "request-in-review": "request-german-review",
    "grant": "grant-german-access",
}


def scenes(rows: Rows, password: str) -> Iterator[Screenshot]:
    """`password` is that of the askers."""
    drawn = [
        *site.scenes(rows),
        *register.scenes(),
        *asking.scenes(rows),
        *access.scenes(rows),
        *factors.scenes(password),
        *desk.scenes(rows),
        *site_admin.scenes(),
        *account.scenes(password),
    ]
    yield from drawn
    known = {scene.name: scene for scene in drawn}
    for name in PRINT:
        yield known[name]._replace(name=f"{name}-on-paper", looks=PRINTED)
    for name, of in GERMAN.items():
        yield known[of]._replace(name=f"de-{name}", looks=LIGHT, locale="de-DE")
