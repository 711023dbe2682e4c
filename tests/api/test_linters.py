"""The API's description before the linters that its readers use."""

import os
import subprocess
from pathlib import Path

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from lifecycle.config.env import ROOT
from tests.support import api_description, npm
from tests.support.required_tools import need

OURS = ROOT / "tests" / "support" / "api_clients"


def test_description_is_generated_without_a_warning() -> None:
    assert api_description.text().startswith("openapi: 3.1")


def test_openapi_spec_validator_finds_nothing() -> None:
    assert list(OpenAPIV31SpecValidator(api_description.parsed()).iter_errors()) == []


@pytest.mark.stack
def test_redocly_finds_nothing(tmp_path: Path) -> None:
    """Not even a warning."""
    folder = npm.installed(OURS)
    linter = folder / "node_modules" / "@redocly" / "cli" / "bin" / "cli.js"
    command: list[str | Path] = [need("node"), linter, "lint", api_description.written_to(tmp_path)]
    done = subprocess.run(
        [*command, "--config", OURS / "redocly.yaml", "--format", "github-actions"],
        env=os.environ | {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stdout + done.stderr
