"""The WSGI application that a web server runs."""

import os

from django.core.wsgi import get_wsgi_application

from lifecycle.config import env

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lifecycle.config.settings")
env.ensure_services()
application = get_wsgi_application()
