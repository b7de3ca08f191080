"""Which static files of the apps are collected."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib.staticfiles.finders import AppDirectoriesFinder


class AppFiles(AppDirectoriesFinder):
    """List the files of every app, without the scripts of Django's admin that unfold replaces with its own.

    Unfold comes first in INSTALLED_APPS, so its files win anyway. Left in, Django's would make collectstatic warn on
    every start, and a file that two of our own apps share would go unnoticed among these lines.
    """

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Any]]:
        for path, storage in super().list(ignore_patterns):
            is_djangos = storage is self.storages["django.contrib.admin"]
            if not (is_djangos and self.storages["unfold"].exists(path)):
                yield path, storage
