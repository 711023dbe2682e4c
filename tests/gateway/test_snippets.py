"""The code on the page “How to call the model” runs as it stands, with a claimed key."""

import html
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from pytest_django import Settings

from demo import fake_model
from lifecycle.config.env import ROOT
from lifecycle.people.models import User
from requests_app.actions.keys.keys import ClaimedKey
from tests.support import npm, reverse_proxies
from tests.support.asgi_server import served
from tests.support.page_client import Browser
from tests.support.required_tools import need
from tests.support.worker_processes import free_port, wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.stack]
APIS = ("anthropic", "openai")
INVENTED = "This is an invented answer: the demo has no claude-3-opus-20240229"
# One process for all files in a language, as each would load the SDKs anew.
PYTHON = "import runpy, sys\nfor path in sys.argv[1:]: runpy.run_path(path); print()"
NODE = "for (const path of process.argv.slice(1)) { await import(path); console.log(); }"


@contextmanager
def behind_nginx(folder: Path) -> Iterator[str]:
    """The address of nginx in front of the fake model, with a check of its own process."""
    upstream, port = free_port(), free_port()
    with (
        reverse_proxies.checking(folder) as check,
        served(fake_model.application, upstream, lifespan="off"),
    ):
        ports = {"8001": check.port, "9000": upstream, "8080": port}
        running = reverse_proxies.nginx(folder, ports)
        try:
            for each in (port, check.port):
                wait_until(lambda: reverse_proxies.listens(each), what=f"it, see {folder}")  # noqa: B023
            yield f"http://127.0.0.1:{port}"
        finally:
            running.terminate()
            running.wait()


def snippets(by: User, claimed: ClaimedKey) -> dict[str, str]:
    """What a reader copies from the page, by the ids of its parts."""
    response = Browser(by).get(f"/access/{claimed.key.grant}/call/")
    found = re.findall(r'<code id="([\w-]+)">(.*?)</code>', response.content.decode(), re.DOTALL)
    return {name: html.unescape(code) for name, code in found}


def of(language: str, copied: dict[str, str]) -> dict[str, str]:
    return {name: code for name, code in copied.items() if f"-{language}" in name}


def written(folder: Path, ending: str, codes: dict[str, str]) -> list[str]:
    """The paths of files with this code."""
    for name, code in codes.items():
        (folder / f"{name}{ending}").write_text(code)
    return [str(folder / f"{name}{ending}") for name in codes]


def in_shell(copied: dict[str, str], key: str, *commands: str) -> str:
    """What bash says, in which both APIs' variables are set as the page says; keys are typed."""
    script = "\n".join([*(copied[f"{api}-shell"] for api in APIS), *commands])
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        [need("bash"), "-c", script],
        input=f"{key}\n" * len(APIS),
        env={**kept, "NO_PROXY": "127.0.0.1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_code_of_the_page_calls_the_model_whole_and_streaming(
    claimed: ClaimedKey, alice: User, settings: Settings, tmp_path: Path
) -> None:
    need("curl")
    (tmp_path / "node_modules").symlink_to(
        npm.installed(ROOT / "tests/support/sdks") / "node_modules"
    )
    with behind_nginx(tmp_path) as settings.MODELS_URL:
        copied = snippets(alice, claimed)
        python = " ".join(written(tmp_path, ".py", of("python", copied)))
        typescript = " ".join(written(tmp_path, ".mjs", of("typescript", copied)))
        commands = {
            "curl": [f"{code}\necho" for code in of("curl", copied).values()],
            "python": [f"{sys.executable} -c '{PYTHON}' {python}"],
            "typescript": [f"{need('node')} --input-type=module -e '{NODE}' {typescript}"],
        }
        with ThreadPoolExecutor() as pool:
            said = pool.map(lambda one: in_shell(copied, claimed.secret, *one), commands.values())
        by_language = dict(zip(commands, said, strict=True))
    for language in ("python", "typescript"):
        answers = by_language[language].splitlines()
        assert len([one for one in answers if one.startswith(INVENTED)]) == 4, by_language
    assert by_language["curl"].count(INVENTED) == 2
    assert by_language["curl"].count("event: message_stop") == 1
    assert by_language["curl"].count("data: [DONE]") == 1
