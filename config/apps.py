from importlib import import_module
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.admin.apps import SimpleAdminConfig
from django.contrib.admin.checks import check_admin_app, check_dependencies
from django.core import checks
from django.utils.translation import gettext_lazy as _

from config import sentry


class DeskAdminConfig(SimpleAdminConfig):
    """The admin. config/urls.py finds its pages: worker and beat show none and start faster without them."""

    default_site = "config.admin.DeskSite"

    def ready(self) -> None:
        sentry.start()
        import_module("config.audited")  # all models are loaded by now
        apps.get_app_config("auth").verbose_name = _("People")
        import_module("config.company_groups")  # it adds a check of the settings
        checks.register(check_dependencies, checks.Tags.admin)
        checks.register(check_pages, checks.Tags.admin)


def check_pages(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    """Check every page of the admin, even if nothing has loaded the URLs yet."""
    admin.autodiscover()
    return check_admin_app(app_configs, **kwargs)
