from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class HostedConfig(AppConfig):
    name = "hosted"
    verbose_name = _("Hosted numbers")
