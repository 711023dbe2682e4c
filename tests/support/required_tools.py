"""Programs that some tests need and that no Python package brings."""

import os
import shutil
from pathlib import Path

import pytest

PLACES = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin"))
REQUIRED = os.environ.get("REQUIRED_TOOLS", "").split()
NJS = Path("/usr/lib/nginx/modules/ngx_http_js_module.so")


def need(program: str, package: str = "") -> str:
    """Its path. Without it the test is skipped, or fails where `REQUIRED_TOOLS` names it."""
    return shutil.which(program, path=PLACES) or missing(program, package or program)


def need_njs() -> str:
    """The path of nginx's module, in the same way."""
    return str(NJS) if NJS.exists() else missing("njs", "libnginx-mod-http-js")


def missing(tool: str, package: str) -> str:
    sentence = f"{tool} isn't installed; on Debian and Ubuntu: apt-get install {package}"
    if tool in REQUIRED:
        pytest.fail(sentence)
    pytest.skip(sentence)
