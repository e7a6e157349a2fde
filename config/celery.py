"""The Celery application: queues cpu, gpu and io carry job ids, the ledger in PostgreSQL carries the truth."""

import os

from celery import Celery
from kombu import Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")

QUEUES = ("cpu", "gpu", "io")

app = Celery("descant")
app.config_from_object("django.conf:settings", namespace="CELERY")
# Quorum queues are a RabbitMQ notion; other brokers ignore the argument.
app.conf.task_queues = [Queue(name, queue_arguments={"x-queue-type": "quorum"}) for name in QUEUES]
app.autodiscover_tasks()
