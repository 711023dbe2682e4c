"""The Celery application of the worker and beat."""

import os

from celery import Celery, signals

from lifecycle.config import env, logs
from lifecycle.scheduling import sweep_status
from lifecycle.serving import request_ids

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lifecycle.config.settings")

app = Celery("emeritus")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


def log_as_others_do(**_: object) -> None:
    """Replace Celery's logging, which silences beat and ignores LOG_LEVEL."""
    logs.configure(logs.to_stderr(env.log_level()))


signals.setup_logging.connect(log_as_others_do)
signals.before_task_publish.connect(request_ids.add_to_message)
signals.task_prerun.connect(request_ids.begin_task)
signals.task_postrun.connect(request_ids.end_task)
signals.task_prerun.connect(sweep_status.task_begins)
signals.task_success.connect(sweep_status.task_succeeded)
signals.worker_init.connect(env.tell_servers)
signals.beat_init.connect(env.tell_servers)
