"""Celery rings the bell: a message carries only ids, and it does no harm if it is lost, doubled or late."""

import os
from importlib import import_module
from typing import Any

from celery import Celery, signals

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("telnyx_desk")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["messaging.mirror", "messaging.notices", "hosted", "tollfree"])


@signals.worker_init.connect
@signals.beat_init.connect
def refuse_unsafe_settings(**_: Any) -> None:
    """Refuse unsafe settings here: worker and beat run no system checks, and the apps are loaded only now."""
    import_module("messaging.checks").refuse_to_start()
