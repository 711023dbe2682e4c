"""A real OpenID Connect provider for tests, and a person's walk through its pages."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx
from django.test import Client
from pytest_django import Settings

from lifecycle.config import sign_in_providers
from lifecycle.config.env import ROOT
from lifecycle.embedded import embedded
from tests.support.npm import installed
from tests.support.plain_http import plain_client
from tests.support.required_tools import need
from tests.support.worker_processes import free_port, kill, wait_until

OURS = ROOT / "tests" / "support" / "oidc"
ORCID = "0000-0002-1825-0097"
PEOPLE = {
    "nina": {"name": "Nina New", "email": "nina@example.org", "email_verified": True},
    "mallory": {"name": "Mallory", "email": "alice@example.org", "email_verified": False},
    "alice": {"name": "Alice", "email": "alice@example.org", "email_verified": True},
    "unsure": {"name": "Uma", "email": "uma@example.org", "email_verified": False},
    ORCID: {"name": "Josiah Carberry"},
    "0000-0002-1825-0098": {"name": "Mistyped"},
}
NAMES = ("campus", "orcid")


@contextmanager
def provider() -> Iterator[str]:
    """Its address, while it runs."""
    port, folder = free_port(), installed(OURS)
    back = {name: f"http://testserver/accounts/oidc/{name}/login/callback/" for name in NAMES}
    log = embedded.var() / "oidc.log"
    with log.open("wb") as out:
        running = subprocess.Popen(
            [need("node"), "provider.js"],
            cwd=folder,
            env={
                **os.environ,
                "PORT": str(port),
                "CLIENTS": json.dumps(back),
                "ACCOUNTS": json.dumps(PEOPLE),
            },
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        wait_until(lambda: b"ready" in log.read_bytes(), what=f"the provider, see {log}")
        yield f"http://127.0.0.1:{port}"
    finally:
        kill(running)


def use(settings: Settings, url: str) -> None:
    """As SIGN_IN_PROVIDERS would say it: an ordinary provider, and one of ORCID iDs."""
    providers = [
        {
            "name": name,
            "kind": kind,
            "label": name.capitalize(),
            "url": url,
            "client_id": name,
            "secret": "a secret of the test",
        }
        for name, kind in zip(NAMES, ("oidc", "orcid"), strict=True)
    ]
    known = sign_in_providers.parse(json.dumps(providers), insecure=True)
    settings.SIGN_IN_PROVIDERS = known
    apps = [each.as_app() for each in known.values()]
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": apps}}


def sign_in(browser: Client, who: str, name: str = "campus", query: str = "") -> Any:
    """Leave for the provider, sign in there, agree, and come back; the first answer after it."""
    leaving = browser.post(f"/accounts/oidc/{name}/login/{query}")
    (to,) = re.findall(r'http-equiv="refresh" content="0;url=([^"]+)"', leaving.content.decode())
    with plain_client(timeout=30) as there:
        shown = _followed(there, there.get(to.replace("&amp;", "&")))
        typed = {"prompt": "login", "login": who, "password": "any"}
        shown = _followed(there, there.post(_form(shown), data=typed))
        shown = _followed(there, there.post(_form(shown), data={"prompt": "consent"}))
    back = urlsplit(shown.headers["location"])
    assert back.hostname == "testserver"
    return browser.get(f"{back.path}?{back.query}")


def _followed(there: httpx.Client, answer: httpx.Response) -> httpx.Response:
    """Up to a page, or to the redirect that leads back to us."""
    while answer.is_redirect and "testserver" not in answer.headers["location"]:
        answer = there.get(urljoin(str(answer.url), answer.headers["location"]))
    return answer


def _form(shown: httpx.Response) -> str:
    found = re.findall(r'<form[^>]*action="([^"]+)"', shown.text)
    return str(urljoin(str(shown.url), found[0]))
