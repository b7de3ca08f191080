from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class TollfreeConfig(AppConfig):
    name = "tollfree"
    verbose_name = _("Toll-free verification")

    def ready(self) -> None:
        # Models can only be imported once all apps are loaded.
        from .rejections.loading import load  # noqa: PLC0415
        from .turns import STAGES  # noqa: PLC0415

        post_migrate.connect(load, sender=self)
        post_migrate.connect(STAGES.install, sender=self)
