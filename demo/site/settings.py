"""The settings of Emeritus, and the demo's own pages; no other process has these."""

from pathlib import Path

from lifecycle.config.settings import *  # noqa: F403
from lifecycle.config.settings import STATICFILES_DIRS, TEMPLATES

HERE = Path(__file__).parent

ROOT_URLCONF = "demo.site.urls"
TEMPLATES[0]["DIRS"] = [HERE / "templates", *TEMPLATES[0]["DIRS"]]
STATICFILES_DIRS = [HERE / "static", *STATICFILES_DIRS]
