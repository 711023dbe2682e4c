"""The only code that reads the environment and `.env`; what each variable means is in env.py.

A variable in the environment wins over the same one in the file, an empty one too.
"""

import os
from pathlib import Path

from environs import Env

ROOT = Path(__file__).resolve().parents[2]


class Variables(Env):
    """What is set, wherever it is set."""

    def forget_file(self) -> None:
        """Go by the environment alone: tests mustn't depend on somebody's `.env`."""
        self._environ.clear()


env = Variables()
# Not `recurse`, which would take the file of another project that this checkout lies in.
env.read_env(ROOT / (os.environ.get("EMERITUS_ENV_FILE") or ".env"), recurse=False)
