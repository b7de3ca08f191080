"""A list of who opened what, with each record in its own words."""

from collections import defaultdict
from typing import Any

from django.apps import apps
from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest

from messaging.mirror.models import OutboxEntry


class ViewList(ChangeList):
    """Names the records of a page; one query for each kind of record."""

    def record_of(self, row: Any) -> tuple[str, str]:
        """Return the kind and the key of the record that a row is about."""
        return row.kind, row.key

    def get_results(self, request: HttpRequest) -> None:
        """Give each view of the page the words of its record, if this person may see the record."""
        super().get_results(request)
        rows = list(self.result_list)
        keys: dict[str, set[str]] = defaultdict(set)
        for row in rows:
            kind, key = self.record_of(row)
            keys[kind].add(key)
        called: dict[tuple[str, str], str] = {}
        for kind, wanted in keys.items():
            model = apps.get_model(kind)
            if request.user.has_perm(f"{model._meta.app_label}.view_{model._meta.model_name}"):
                found = model._base_manager.filter(pk__in=wanted)
                if model is OutboxEntry:
                    found = found.select_related("resource_type").defer("body")
                called |= {(kind, str(record.pk)): str(record) for record in found}
        for row in rows:
            row.called = called.get(self.record_of(row), "")
        self.result_list = rows
