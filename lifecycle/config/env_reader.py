"""The only code that reads the environment and `.env`; env.py interprets the variables.

The environment wins over the file, even with an empty value. An empty value counts as not set,
whatever its type.
"""

import os
from enum import StrEnum
from pathlib import Path
from typing import Any

from environs import Env

ROOT = Path(__file__).resolve().parents[2]


class ConfigurationError(RuntimeError):
    """A setting that prevents the start; the message names the variable."""


class Source(StrEnum):
    """Where the value of a variable is from."""

    ENVIRONMENT = "environment"
    FILE = "file"
    DEFAULT = "default"


class Variables(Env):
    """Variables from the environment and the file, and where each that was read is from."""

    def __init__(self) -> None:
        super().__init__()
        self.sources: dict[str, Source] = {}

    def _get_value(self, env_key: str, default: Any) -> Any:
        value = super()._get_value(env_key, default)
        self.sources[env_key] = self._source(env_key)
        return default if value == "" else value

    def _source(self, name: str) -> Source:
        given = os.environ.get(name)
        if given is None:
            return Source.FILE if self._environ.get(name) else Source.DEFAULT
        return Source.ENVIRONMENT if given else Source.DEFAULT

    def names_in_file(self) -> set[str]:
        return set(self._environ)

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
