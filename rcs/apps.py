from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RcsConfig(AppConfig):
    name = "rcs"
    verbose_name = _("RCS")
