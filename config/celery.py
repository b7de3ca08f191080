"""Celery rings the bell: every message carries ids only and may be lost, doubled or late without harm."""

import os
from importlib import import_module
from typing import Any

from celery import Celery, signals

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("telnyx_desk")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["messaging.mirror", "hosted"])


@signals.worker_init.connect
@signals.beat_init.connect
def refuse_unsafe_settings(**_: Any) -> None:
    """Worker and beat run no system checks of their own. The apps are loaded only by now."""
    import_module("messaging.checks").refuse_to_start()
