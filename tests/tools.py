"""Programs that some tests need and that no Python package brings."""

import os
import shutil

import pytest

PLACES = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin"))
REQUIRED = os.environ.get("REQUIRED_TOOLS", "").split()


def need(program: str) -> str:
    """Its path. Without it the test is skipped, or fails where `REQUIRED_TOOLS` names it."""
    path = shutil.which(program, path=PLACES)
    if path:
        return path
    sentence = f"{program} isn't installed; on Debian and Ubuntu: apt-get install {program}"
    if program in REQUIRED:
        pytest.fail(sentence)
    pytest.skip(sentence)
