"""A field that takes its time from PostgreSQL, whatever the process's clock says."""

from typing import Any

from django.db import models

from .. import clock


class ClockedField(models.DateTimeField):
    """A DateTimeField whose `auto_now` and `auto_now_add` are PostgreSQL's time (see `clock`).

    In migrations it is a plain DateTimeField: the column is the same.
    """

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        if self.auto_now or (self.auto_now_add and add):
            value = clock.now()
            setattr(model_instance, self.attname, value)
            return value
        return super().pre_save(model_instance, add)

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.DateTimeField", args, kwargs
