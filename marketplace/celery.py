"""The Celery application: late-acknowledged tasks that take row ids, and the beat that sweeps."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings")

app = Celery("plenum")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
