"""The demo's site: Emeritus with the demo's own pages beside it."""

import os

os.environ["DJANGO_SETTINGS_MODULE"] = "demo.site.settings"

from lifecycle.config.asgi import application  # noqa: E402  # it reads the settings

__all__ = ["application"]
