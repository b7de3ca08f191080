import gc

from .celery import app as celery_app

# Starting makes some hundred thousand objects that stay; looking for garbage among them takes a tenth of the time.
gc.set_threshold(20_000, 20, 20)

__all__ = ["celery_app"]
