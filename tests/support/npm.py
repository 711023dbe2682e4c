"""Packages of npm that tests run."""

import hashlib
import subprocess
from pathlib import Path

from lifecycle.config.env import ROOT
from tests.support.required_tools import need


def installed(ours: Path) -> Path:
    """The folder that has the packages of `ours`, installed once for each version of its lock
    file, and its scripts.
    """
    npm = need("npm")
    lock = (ours / "package-lock.json").read_bytes()
    folder = ROOT / "var" / ours.name / hashlib.sha256(lock).hexdigest()[:16]
    if not (folder / "ready").exists():
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            (folder / name).write_bytes((ours / name).read_bytes())
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=300)
        (folder / "ready").touch()
    for script in ours.glob("*.js"):
        (folder / script.name).write_bytes(script.read_bytes())
    return folder
