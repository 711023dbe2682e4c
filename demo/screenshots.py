"""`python -m demo.screenshots`: every page in light and dark, on a desk and on a phone.

They go to var/screenshots; the few that the README shows, made smaller, to docs/images. Mails are
drawn too, some pages as they are printed, and the chief ones in German.
"""

import argparse
import os
import secrets
import shutil
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import time_machine

from lifecycle.config.env_reader import ROOT

OUT, IMAGES = ROOT / "var" / "screenshots", ROOT / "docs" / "images"
os.environ["EMERITUS_VAR"] = str(OUT / "data")  # before anything of ours reads where var/ is

from demo import environment  # noqa: E402
from demo.__main__ import SITE, print_each_line_at_once  # noqa: E402
from demo.data import prepare_people  # noqa: E402
from demo.plain_http import answers  # noqa: E402
from demo.play import BEGINS  # noqa: E402
from demo.processes import ProcessGroup  # noqa: E402
from demo.shots.camera import Camera, chromium, draw  # noqa: E402
from demo.shots.campus import oidc_provider  # noqa: E402
from demo.shots.scene import Screenshot  # noqa: E402
from lifecycle.config import env  # noqa: E402
from lifecycle.embedded import embedded  # noqa: E402

SHOWN = {"home", "model", "request-in-review", "grant", "desk-request"}  # by the README
SETTINGS = {
    "BREAK_GLASS_EMAILS": "admin@example.org",
    "ISSUER_STUCK_AFTER": "3",
    "INVITATIONS_PER_HOUR": "2",
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m demo.screenshots", description=__doc__)
    parser.add_argument("--only", default="", help="pages whose name has this in it")
    parser.add_argument("--readme", action="store_true", help="only those that the README shows")
    options = parser.parse_args()
    print_each_line_at_once()
    for folder in (OUT, IMAGES):
        folder.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(embedded.var(), ignore_errors=True)
    try:
        with oidc_provider() as provider:
            os.environ |= {**SETTINGS, "SIGN_IN_PROVIDERS": provider}
            return min(_run(options), 1)
    finally:
        embedded.leave()


def _run(options: argparse.Namespace) -> int:
    """How many pictures could not be drawn."""
    told = environment.prepare()
    passwords, pages = _play()
    from demo.shots import letters  # after django.setup()

    with ProcessGroup(told) as process_group:
        process_group.start("web", "granian", *SITE, "--port", env.env.str("PORT"))
        process_group.wait_for("web", lambda: answers(env.site_url()))
        failed = _draw(pages, passwords, options)
        return failed + _draw(letters.scenes(), passwords, options)  # those sent by then


def _play() -> tuple[dict[str, str], list[Screenshot]]:
    """Passwords by who they let in, and every page."""
    embedded.join()
    with time_machine.travel(datetime.now(UTC) - BEGINS):
        accounts = prepare_people()
    from django.db import connections

    from demo.play import cast, whole  # after django.setup()
    from demo.shots import everything

    password = secrets.token_urlsafe(12)
    rows = whole.play(password)
    pages = list(everything.scenes(rows, password))
    connections.close_all()
    known = {short: account.password for short, account in accounts.items()}
    return dict.fromkeys({**cast.ASKERS, **cast.GERMAN}, password) | known, pages


def _draw(
    scenes: Iterable[Screenshot], passwords: Mapping[str, str], options: argparse.Namespace
) -> int:
    wanted = [scene for scene in scenes if options.only in scene.name]
    with chromium() as browser:
        shown = [scene for scene in wanted if scene.name in SHOWN]
        Camera(browser, IMAGES, passwords).draw_small(shown)
    return 0 if options.readme else draw(wanted, OUT, passwords)


if __name__ == "__main__":
    sys.exit(main())
