"""Which of the apps' static files are collected."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib.staticfiles.finders import AppDirectoriesFinder


class AppFiles(AppDirectoriesFinder):
    """List the files of every app, without the Django admin scripts that unfold replaces with its own.

    Unfold comes first in INSTALLED_APPS, so its files win anyway. With Django's left in, collectstatic would warn at
    every start, and a file name used by two of our own apps would go unnoticed among the warnings.
    """

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Any]]:
        for path, storage in super().list(ignore_patterns):
            is_djangos = storage is self.storages["django.contrib.admin"]
            if not (is_djangos and self.storages["unfold"].exists(path)):
                yield path, storage
