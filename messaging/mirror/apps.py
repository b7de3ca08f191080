from importlib import import_module

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class MirrorConfig(AppConfig):
    """The machinery as a Django app."""

    name = "messaging.mirror"
    label = "mirror"
    verbose_name = _("Requests and events")

    def ready(self) -> None:
        import_module("messaging.mirror.tasks")  # its receiver rings the doorbell for every promise
        import_module("messaging.mirror.audit.context")  # it listens for new connections
        post_migrate.connect(import_module("messaging.mirror.audit.triggers").install, sender=self)
