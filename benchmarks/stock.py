"""The stock admin over the same messages, as WSGI: what a project gets that registers the model and tunes nothing.

TUNED=1 follows Django's documentation for large tables: no full count, no facets, a paginator without COUNT.
"""

import os

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import path

from benchmarks.startproject import databases

TUNED = os.environ.get("TUNED") == "1"

settings.configure(
    SECRET_KEY="only for a benchmark",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    STATIC_URL="/static/",
    INSTALLED_APPS=[
        "django.contrib.admin",
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
        "django.contrib.staticfiles",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                ]
            },
        }
    ],
    DATABASES=databases(CONN_MAX_AGE=60),
)
django.setup()

from django.contrib import admin  # noqa: E402 - the settings must be set first
from django.core.paginator import Paginator  # noqa: E402
from django.db import models  # noqa: E402
from django.utils.functional import cached_property  # noqa: E402


class StockMessage(models.Model):
    direction = models.CharField(max_length=8)
    type = models.CharField(max_length=20)
    our_address = models.CharField(max_length=64)
    their_address = models.CharField(max_length=64)
    status = models.CharField(max_length=40)
    error_code = models.CharField(max_length=20)
    text = models.TextField()
    happened_at = models.DateTimeField()

    class Meta:
        app_label = "auth"  # whose permissions exist in the database of the benchmark
        managed = False
        db_table = "messaging_message"
        ordering = ["-happened_at", "-id"]

    def __str__(self) -> str:
        return self.their_address


class NoCount(Paginator):
    @cached_property
    def count(self) -> int:
        return 10**9


@admin.register(StockMessage)
class StockAdmin(admin.ModelAdmin):
    list_display = (
        "happened_at",
        "direction",
        "type",
        "our_address",
        "their_address",
        "status",
        "error_code",
        "text",
    )
    list_filter = ("status", "direction", "type")
    search_fields = ("their_address", "our_address", "text")
    list_per_page = 50
    if TUNED:
        show_full_result_count = False
        show_facets = admin.ShowFacets.NEVER
        paginator = NoCount


urlpatterns = [path("stock/", admin.site.urls)]
application = get_wsgi_application()
