"""The API's description, generated once for each process that needs it in a file."""

from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any

import yaml
from django.core.management import call_command


@cache
def text() -> str:
    """Return it as YAML. Any warning of drf-spectacular raises an error."""
    out = StringIO()
    call_command("spectacular", fail_on_warn=True, stdout=out)
    return out.getvalue()


@cache
def parsed() -> Any:
    return yaml.load(text(), yaml.CSafeLoader)  # noqa: S506  # it makes plain values only


def written_to(folder: Path) -> Path:
    path = folder / "openapi.yaml"
    path.write_text(text())
    return path
