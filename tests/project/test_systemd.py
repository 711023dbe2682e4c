"""What can be known of the units without running systemd as the first process."""

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from django.core.management import get_commands

from demo.__main__ import SITE_OPTIONS
from lifecycle.config.env import ROOT
from tests.support.required_tools import need

FOLDER = ROOT / "docker/systemd"
UNITS = {path.stem: path.read_text() for path in FOLDER.glob("*.service")}
BIN = "/opt/emeritus/.venv/bin/"
HARDENED = {
    *("NoNewPrivileges=yes", "CapabilityBoundingSet=", "ProtectSystem=strict"),
    *("ProtectHome=yes", "PrivateTmp=yes", "PrivateDevices=yes", "RestrictSUIDSGID=yes"),
    *("SystemCallFilter=@system-service", "UMask=0077", "User=emeritus"),
}


def command(unit: str) -> str:
    (line,) = re.findall(r"^ExecStart=((?:.*\\\n)*.*)$", unit, re.MULTILINE)
    return " ".join(line.replace("\\\n", " ").split())


def test_units_run_what_the_demo_runs_without_privileges() -> None:
    assert set(UNITS) == {f"emeritus-{name}" for name in ("web", "gateway", "worker", "beat")}
    site = command(UNITS["emeritus-web"]).removeprefix(f"{BIN}granian ")
    started = (*SITE_OPTIONS, "lifecycle.config.asgi:application")
    assert re.search(".*?".join(map(re.escape, started)), site)
    for name, unit in UNITS.items():
        assert set(unit.splitlines()) >= HARDENED, name
        assert command(unit).startswith(BIN)
        modules = re.findall(r"\b(?:lifecycle|requests_app)(?:\.\w+)+", command(unit))
        assert modules, name
        assert all(find_spec(module) for module in modules)


def test_units_are_valid(tmp_path: Path) -> None:
    analyze, here = need("systemd-analyze", "systemd"), f"{Path(sys.executable).parent}/"
    paths = [tmp_path / f"{name}.service" for name in UNITS]
    for path in paths:
        path.write_text(UNITS[path.stem].replace(BIN, here))
    done = subprocess.run([analyze, "verify", *paths], capture_output=True, text=True)
    ours = [line for line in done.stderr.splitlines() if "emeritus" in line]
    assert (done.returncode, ours) == (0, [])


def test_commands_of_the_readme_are_there() -> None:
    text = (FOLDER / "README.md").read_text()
    (block,) = re.findall(r"^```sh\n(.*?)^```$", text, re.M | re.S)
    (enabled,) = re.findall(r"^systemctl enable --now (.*)$", block, re.M)
    assert set(enabled.split()) == set(UNITS)
    (copied,) = re.findall(r"^cp (\S+) /etc/systemd/system/ ", block, re.M)
    assert {path.stem for path in ROOT.glob(copied)} == set(UNITS)
    (required,) = re.findall(r"pip install --require-hashes -r (\S+)", block)
    assert (ROOT / required).is_file()
    used = re.findall(r"(?:^|`)manage (\w+)", text, re.M)
    assert {"first_run", "doctor", "migrate"} <= set(used) <= set(get_commands())


def test_commands_of_the_readme_read_the_file_that_units_read() -> None:
    text = (FOLDER / "README.md").read_text()
    (read,) = re.findall(r"env (EMERITUS_ENV_FILE=(\S+)) \S+/python manage\.py", text)
    assert all(read[0] in unit for unit in UNITS.values())
    assert re.findall(r"cat > (\S+)", text) == [read[1]]
