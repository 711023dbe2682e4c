"""What can be known of the units without running systemd as the first process."""

import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from demo.__main__ import SITE
from lifecycle.config.env import ROOT

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
    assert re.search(".*?".join(map(re.escape, SITE)), site)
    for name, unit in UNITS.items():
        assert set(unit.splitlines()) >= HARDENED, name
        assert command(unit).startswith(BIN)
        modules = re.findall(r"\b(?:lifecycle|requests_app)(?:\.\w+)+", command(unit))
        assert modules, name
        assert all(find_spec(module) for module in modules)


def test_units_are_valid_where_systemd_can_say_so(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    here = f"{Path(sys.executable).parent}/"
    paths = [tmp_path / f"{name}.service" for name in UNITS]
    for path in paths:
        path.write_text(UNITS[path.stem].replace(BIN, here))
    if analyze:
        done = subprocess.run([analyze, "verify", *paths], capture_output=True, text=True)
        ours = [line for line in done.stderr.splitlines() if "emeritus" in line]
        assert (done.returncode, ours) == (0, [])


def test_commands_of_the_readme_are_there() -> None:
    text = (FOLDER / "README.md").read_text()
    for name in UNITS:
        assert name in text
    assert "EMERITUS_ENV_FILE=/etc/emeritus/emeritus.env" in text
    assert all("EMERITUS_ENV_FILE=/etc/emeritus/emeritus.env" in unit for unit in UNITS.values())
