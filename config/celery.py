"""Celery rings the bell: every message carries ids only and may be lost, doubled or late without harm."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("telnyx_desk")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["messaging.mirror"])
