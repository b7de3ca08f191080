import os
from importlib import import_module

import django
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

django.setup(set_prefix=False)
import_module("messaging.checks").refuse_to_start()  # it reads settings, so only now
connection.close()  # gunicorn forks next, and two processes must not share one
import_module("config.urls")  # now, not at the first request
application = WSGIHandler()
