"""A process in which things fail, with secrets in every place that Sentry looks at; for tests/test_sentry.py."""

import logging
from types import SimpleNamespace

import django
import sentry_sdk
from django.conf import settings
from django.db import IntegrityError
from django.http import HttpResponse
from django.test import Client
from django.urls import path

from config.celery import app

PLANTED = "planted"


def crash(request, number):
    local = f"{PLANTED}-local {number}"
    request.user = SimpleNamespace(
        pk=7, is_authenticated=True, email=f"{PLANTED}@example.com", get_username=lambda: f"{PLANTED}-user"
    )
    request.session = {f"{PLANTED}-key": f"{PLANTED}-session"}
    request.POST.get("text")
    try:
        raise IntegrityError(f"Key (name)=({PLANTED}-row) already exists.")
    except IntegrityError as error:
        raise RuntimeError(f"cannot send “{PLANTED}-words” to +1 (555) 010-0199, '{local}'") from error


def server_error(request):
    return HttpResponse(status=500)


urlpatterns = [path("crash/<number>/", crash)]
handler500 = server_error


def main() -> None:
    settings.ROOT_URLCONF = __spec__.name
    settings.MIDDLEWARE = ["config.middleware.traced"]
    browser = Client(raise_request_exception=False, headers={"X-Secret": f"{PLANTED}-header"})
    browser.cookies["session"] = f"{PLANTED}-cookie"
    answer = browser.post(f"/crash/5550100199/?q={PLANTED}-query", {"text": f"{PLANTED}-body"})
    print(answer.status_code, answer.headers["X-Request-ID"])

    @app.task(name="tests.fails")
    def fails(text):
        raise ValueError(f"invalid number: '{text}'")

    fails.apply(args=(f"{PLANTED}-argument",))
    logging.getLogger("desk").error("Entry %s is given up.", "0198c0de")

    sentry_sdk.flush(10)


if __name__ == "__main__":
    django.setup()
    main()
