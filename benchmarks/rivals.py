"""The rivals of the ingestion benchmark as one WSGI application; RIVAL chooses: bare, naive or kept.

`bare` reads the body and answers: Django's limit on this server. `naive` does what the webhook views of many projects
do, with the settings `startproject` makes: verify, update_or_create, add a history row. `kept` is the same with
persistent connections.
"""

import json
import os

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from nacl.encoding import Base64Encoder
from nacl.signing import VerifyKey

from benchmarks.startproject import MIDDLEWARE, databases

RIVAL = os.environ["RIVAL"]

settings.configure(
    SECRET_KEY="only for a benchmark",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions"],
    MIDDLEWARE=[] if RIVAL == "bare" else MIDDLEWARE,
    USE_TZ=True,
    DATABASES=databases(CONN_MAX_AGE=60 if RIVAL == "kept" else 0),
)
django.setup()

from django.db import models, transaction  # noqa: E402 - models need the settings


class NaiveMessage(models.Model):
    remote_id = models.UUIDField(unique=True)
    recipient = models.CharField(max_length=64, db_index=True)
    status = models.CharField(max_length=40, db_index=True)
    data = models.JSONField()

    class Meta:
        app_label = "rivals"

    def __str__(self) -> str:
        return str(self.remote_id)


class NaiveChange(models.Model):
    message = models.ForeignKey(NaiveMessage, on_delete=models.CASCADE)
    status = models.CharField(max_length=40)
    event_id = models.CharField(max_length=80, unique=True)

    class Meta:
        app_label = "rivals"

    def __str__(self) -> str:
        return self.event_id


KEY = VerifyKey(os.environ["TELNYX_PUBLIC_KEYS"].encode(), Base64Encoder)


@csrf_exempt
def bare(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=200 if request.body else 400)


@csrf_exempt
def naive(request: HttpRequest) -> HttpResponse:
    signature = Base64Encoder.decode(request.headers["telnyx-signature-ed25519"].encode())
    KEY.verify(request.headers["telnyx-timestamp"].encode() + b"|" + request.body, signature)
    data = json.loads(request.body)["data"]
    payload = data["payload"]
    with transaction.atomic():
        message, _made = NaiveMessage._default_manager.update_or_create(
            remote_id=payload["id"],
            defaults={
                "recipient": payload["to"][0]["phone_number"],
                "status": payload["to"][0]["status"],
                "data": payload,
            },
        )
        NaiveChange._default_manager.get_or_create(
            event_id=data["id"], defaults={"message": message, "status": message.status}
        )
    return HttpResponse(status=200)


urlpatterns = [path("webhooks/telnyx/", bare if RIVAL == "bare" else naive)]
application = get_wsgi_application()
