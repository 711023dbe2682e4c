"""Clients generated from the API's description, before a real server."""

import compileall
import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from lifecycle.catalogue.models import AIModel, Provider
from lifecycle.config.env import ROOT
from tests.support import api_description, npm
from tests.support.required_tools import need

pytestmark = pytest.mark.stack

OURS = ROOT / "tests" / "support" / "api_clients"
METHODS = {"get", "post", "put", "patch", "delete"}
PACKAGE = "emeritus_client"


def run(*command: str | Path, folder: Path) -> str:
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def models(transactional_db: None, settings: Settings) -> list[str]:
    """A thousand, whose identifiers sort as they were made."""
    settings.API_CALLS_PER_MINUTE = 1_000
    provider = Provider.objects.create(slug="lab", name="Lab")
    names = [f"model-{n:04}" for n in range(1_000)]
    AIModel.objects.bulk_create(
        AIModel(identifier=name, name=name.title(), provider=provider) for name in names
    )
    return names


@pytest.fixture
def python_client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Its package's name. It may leave out only what it can't read: YAML."""
    source = api_description.written_to(tmp_path)
    arguments = ("--path", source, "--output-path", PACKAGE, "--meta", "none")
    command = (sys.executable, "-W", "ignore", "-m", "openapi_python_client", "generate")
    told = run(*command, *arguments, "--config", OURS / "config.yaml", folder=tmp_path)
    left_out = told.split("WARNING parsing")[1:]
    assert all("application/yaml" in each for each in left_out), told
    monkeypatch.syspath_prepend(tmp_path)
    yield PACKAGE
    for name in [one for one in sys.modules if one.partition(".")[0] == PACKAGE]:
        del sys.modules[name]


def test_python_client_has_every_call_and_pages(
    python_client: str, tmp_path: Path, models: list[str], live_server: LiveServer
) -> None:
    assert compileall.compile_dir(tmp_path / PACKAGE, quiet=1)
    calls = {path.stem for path in (tmp_path / PACKAGE / "api").glob("*/*.py")} - {"__init__"}
    assert calls == set(operation_ids())
    assert list(listed_in_python(python_client, live_server.url)) == models


def operation_ids() -> Iterator[str]:
    for operations in api_description.parsed()["paths"].values():
        yield from (each["operationId"] for verb, each in operations.items() if verb in METHODS)


def listed_in_python(package: str, url: str) -> Iterator[str]:
    """Go from page to page as the client's types have it."""
    call: Any = importlib.import_module(f"{package}.api.models.models_list").sync
    with importlib.import_module(f"{package}.client").Client(base_url=url) as client:
        page = call(client=client, page_size=200)
        yield from (model.identifier for model in page.results)
        while page.next_:
            page = call(client=client, page_size=200, cursor=cursor_of(page.next_))
            yield from (model.identifier for model in page.results)


def cursor_of(url: str) -> str:
    return parse_qs(urlsplit(url).query)["cursor"][0]


def test_typescript_client_compiles_and_pages(
    tmp_path: Path, models: list[str], live_server: LiveServer
) -> None:
    folder, node = npm.installed(OURS), need("node")
    packages = folder / "node_modules"
    (tmp_path / "node_modules").symlink_to(packages)
    for name in ("package.json", "tsconfig.json", "pages.ts"):
        (tmp_path / name).write_bytes((OURS / name).read_bytes())
    source = api_description.written_to(tmp_path)
    run(node, packages / "openapi-typescript/bin/cli.js", source, "-o", "api.d.ts", folder=tmp_path)
    run(node, packages / "typescript/bin/tsc", "--project", ".", folder=tmp_path)
    listed = run(node, "pages.js", live_server.url, folder=tmp_path)
    assert listed.split() == models
