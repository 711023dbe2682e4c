"""The Celery application that the worker and beat run."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lifecycle.config.settings")

app = Celery("emeritus")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
