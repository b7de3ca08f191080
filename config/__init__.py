import gc

from .celery import app as celery_app

# Startup makes several hundred thousand objects that stay; searching them for garbage takes a tenth of the time.
gc.set_threshold(20_000, 20, 20)

__all__ = ["celery_app"]
