"""The WSGI application that a web server runs."""

import gc
import os

from django.core.wsgi import get_wsgi_application

from lifecycle.config import env

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lifecycle.config.settings")
env.ensure_services()
application = get_wsgi_application()
# What is loaded by now stays; walking over it at each full collection made some answers slow.
gc.collect()
gc.freeze()
