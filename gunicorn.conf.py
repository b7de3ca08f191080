"""What every start of gunicorn in this folder has in common; the command line overrides it."""

import os
from importlib import import_module
from typing import Any

from gunicorn.workers import SUPPORTED_WORKERS

# A command line that says gthread gets our worker too: services set up earlier name it.
SUPPORTED_WORKERS["gthread"] = "config.gunicorn.Worker"

worker_class = "gthread"
workers = 2
threads = 4
preload_app = True
# A socket in the home folder to steer gunicorn by, which services and containers don't have (gunicorn 25.1).
control_socket_disable = True
logger_class = "config.gunicorn.Log"


def on_starting(server: Any) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import_module("messaging.checks").refuse_address(server.cfg.address)


def post_fork(server: Any, worker: Any) -> None:
    import_module("messaging.mirror.tallies").keep_writing()


def worker_exit(server: Any, worker: Any) -> None:
    import_module("messaging.mirror.tallies").write()
