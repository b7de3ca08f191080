"""A site with dj-stripe out of the box, as WSGI: the settings of `startproject`, PostgreSQL, its webhook view.

It runs in the environment that benchmarks/djstripe.py makes. Run as a program, it makes the tables and the records
without which dj-stripe would ask Stripe for each event: the account and its key.
"""

import os

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import include, path

from benchmarks.startproject import MIDDLEWARE, databases

API_KEY = "sk_test_" + "0" * 24

settings.configure(
    SECRET_KEY="only for a benchmark",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF="benchmarks.djstripe_site",
    USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    STRIPE_TEST_SECRET_KEY=API_KEY,
    STRIPE_LIVE_MODE=False,
    DJSTRIPE_FOREIGN_KEY_TO_FIELD="id",
    INSTALLED_APPS=[
        "django.contrib.contenttypes",
        "django.contrib.auth",
        "django.contrib.sessions",
        "django.contrib.messages",
        "djstripe",
    ],
    MIDDLEWARE=MIDDLEWARE,
    DATABASES=databases(),
)
django.setup()

urlpatterns = [path("stripe/", include("djstripe.urls", namespace="djstripe"))]
application = get_wsgi_application()


def prepare(endpoint: str, secret: str) -> None:
    """Make the tables, the account with its key, and the endpoint to post events to."""
    from django.core.management import call_command  # noqa: PLC0415 - after the settings
    from djstripe.models import Account, APIKey, WebhookEndpoint  # noqa: PLC0415

    call_command("migrate", verbosity=0, interactive=False)
    account = Account.objects.create(id="acct_benchmark", livemode=False)
    APIKey.objects.create(secret=API_KEY, type="secret", livemode=False, djstripe_owner_account=account)
    WebhookEndpoint.objects.create(
        id="we_benchmark",
        djstripe_uuid=endpoint,
        secret=secret,
        url="https://desk.example.com/stripe/",
        api_version="2020-08-27",
        enabled_events=["*"],
        status="enabled",
        livemode=False,
        djstripe_owner_account=account,
    )


if __name__ == "__main__":
    prepare(os.environ["ENDPOINT"], os.environ["ENDPOINT_SECRET"])
