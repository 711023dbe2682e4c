"""The only code that reads the environment and `.env`; env.py interprets the variables.

The environment wins over the file, even with an empty value. An empty value counts as not set,
whatever its type.
"""

import os
from pathlib import Path
from typing import Any

from environs import Env

ROOT = Path(__file__).resolve().parents[2]


class ConfigurationError(RuntimeError):
    """A setting that prevents the start; the message names the variable."""


class Variables(Env):
    """Variables from the environment and the file."""

    def _get_value(self, env_key: str, default: Any) -> Any:
        value = super()._get_value(env_key, default)
        return default if value == "" else value

    def forget_file(self) -> None:
        """Ignore the file: tests mustn't depend on a developer's `.env`."""
        self._environ.clear()


def env_file() -> Path:
    """Return the path of the file. Raises ConfigurationError if a named one can't be read."""
    named = os.environ.get("EMERITUS_ENV_FILE")
    path = ROOT / (named or ".env")
    if named and (path.is_dir() or not os.access(path, os.R_OK)):
        raise ConfigurationError(f"EMERITUS_ENV_FILE: {path} can't be read.")
    return path


env = Variables()
# `recurse` would also find the `.env` of a project that contains this checkout.
env.read_env(env_file(), recurse=False)
