"""What every start of gunicorn in this folder has in common; its command line wins."""

from gunicorn.workers import SUPPORTED_WORKERS

# A command line that says gthread gets ours too: services that were set up before name it.
SUPPORTED_WORKERS["gthread"] = "config.gunicorn.Worker"

worker_class = "gthread"
workers = 2
threads = 4
preload_app = True
