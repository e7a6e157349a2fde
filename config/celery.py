"""The Celery application: queues cpu, gpu and io carry job ids, the ledger in PostgreSQL carries the truth."""

import ctypes
import os
import signal
import sys
from typing import Any

from celery import Celery
from celery.signals import worker_process_init
from kombu import Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")

QUEUES = ("cpu", "gpu", "io")

app = Celery("descant")
# Celery's current app is one of the thread that made it; web requests run in other threads.
app.set_default()
app.config_from_object("django.conf:settings", namespace="CELERY")
# Quorum queues are a RabbitMQ notion; other brokers ignore the argument.
app.conf.task_queues = [Queue(name, routing_key=name, queue_arguments={"x-queue-type": "quorum"}) for name in QUEUES]
app.autodiscover_tasks()


@worker_process_init.connect
def die_with_worker(**_: Any) -> None:
    """Have the kernel end a pool process when its worker is killed: it must not go on with a job that others redo."""
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, int(signal.SIGKILL), 0, 0, 0)
