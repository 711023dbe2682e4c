"""Loaded before anything else: the servers that the tests use, apart from those of the demo."""

import os

from lifecycle.config import embedded, env

if env.is_local():
    os.environ.setdefault("EMERITUS_VAR", str(env.ROOT / "var" / "test"))
    os.environ.setdefault("EMERITUS_EMBEDDED_DURABLE", "0")
    embedded.join()
