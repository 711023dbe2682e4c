"""Every email that allauth may send has a template of ours."""

from pathlib import Path

import allauth
import pytest

from lifecycle.config.env import ROOT

SENT_BY = Path(allauth.__file__).parent / "templates"
WITH_CODES = {"login_code", "password_reset_code"}  # not offered here
NO_MAIL = {"base"}
PREFIXES = sorted(
    str(path.relative_to(SENT_BY)).removesuffix("_message.txt")
    for path in SENT_BY.rglob("email/*_message.txt")
    if path.name.removesuffix("_message.txt") not in WITH_CODES | NO_MAIL
)


@pytest.mark.parametrize("prefix", PREFIXES)
def test_every_mail_of_allauth_has_its_template(prefix: str) -> None:
    assert (ROOT / "templates" / f"{prefix}.html").exists()
