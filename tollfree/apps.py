from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TollfreeConfig(AppConfig):
    name = "tollfree"
    verbose_name = _("Toll-free verification")
