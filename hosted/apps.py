from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class HostedConfig(AppConfig):
    name = "hosted"
    verbose_name = _("Hosted numbers")

    def ready(self) -> None:
        # Models can only be imported once all apps are loaded.
        from .state.turn_rules import STAGES  # noqa: PLC0415

        post_migrate.connect(STAGES.install, sender=self)
