"""The only code that reads the environment and `.env`; what each variable means is in env.py.

A variable in the environment wins over the same one in the file, an empty one too. An empty one
counts as not set, whatever kind of value it has.
"""

import os
from pathlib import Path
from typing import Any

from environs import Env

ROOT = Path(__file__).resolve().parents[2]


class ConfigurationError(RuntimeError):
    """A setting that stops the start; the sentence names the variable."""


class Variables(Env):
    """What is set, wherever it is set."""

    def _get_value(self, env_key: str, default: Any) -> Any:
        value = super()._get_value(env_key, default)
        return default if value == "" else value

    def forget_file(self) -> None:
        """Go by the environment alone: tests mustn't depend on somebody's `.env`."""
        self._environ.clear()


def env_file() -> Path:
    """Raises ConfigurationError for one that was named and can't be read."""
    named = os.environ.get("EMERITUS_ENV_FILE")
    path = ROOT / (named or ".env")
    if named and (path.is_dir() or not os.access(path, os.R_OK)):
        raise ConfigurationError(f"EMERITUS_ENV_FILE: {path} can't be read.")
    return path


env = Variables()
# Not `recurse`, which would take the file of another project that this checkout lies in.
env.read_env(env_file(), recurse=False)
